// SPDX-License-Identifier: GPL-2.0-or-later
// One source: what becomes of its packets now and why, as `sipshield explain` says it.
import { byId, duration, node, write } from "./format.js";

const clock = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

// What is asked for, and what is done with it: shown, to be run by whoever may.
function command(text) {
	const button = node("button", { type: "button" }, "Copy");

	button.addEventListener("click", async () => {
		try {
			await navigator.clipboard.writeText(text);
			write(button, "Copied");
		} catch {
			write(button, "Select it by hand");
		}
		setTimeout(() => write(button, "Copy"), 2000);
	});
	return node("div", { class: "command" }, node("code", {}, text), button);
}

function ruling(why) {
	const { verdict } = why;

	return node("p", { class: `ruling ${verdict.drops ? "drop" : "pass"}` }, verdict.sentence,
		node("small", {}, `${verdict.reason}, decided by: ${verdict.stage}; standing: ${why.standing}`));
}

function stages(why) {
	return node("ol", { class: "stages" }, ...why.stages.map((line) =>
		node("li", { "data-decides": line.stage === why.verdict.stage ? "true" : "false" },
			node("b", {}, line.stage), node("span", {}, line.sentence),
			line.change ? node("em", {}, line.change) : null)));
}

function packet(p) {
	const what = p.status ? `answered ${p.status}${p.credentials ? " with credentials" : ""}` : p.reason || p.why || "";

	return node("li", {}, `${clock.format(new Date(p.t * 1000))}  ${p.event}  ${p.method ?? ""} ${what}`);
}

function step(entry) {
	const end = entry.ttl > 0 ? ` for ${duration(entry.ttl)}` : "";
	const but = [entry.bound && `not banned: ${entry.bound}`, entry.error && `not done: ${entry.error}`].filter(Boolean);

	return node("li", {}, node("strong", {}, `${entry.from} → ${entry.to}${end}`),
		` ${entry.sentence} (${entry.rule}) ${but.join("; ")}`,
		node("ul", {}, node("li", {}, `decision #${entry.id}, ${clock.format(new Date(entry.t * 1000))}`),
			...(entry.packets ?? []).map(packet)));
}

function evidence(why) {
	return node("ul", { class: "steps" }, ...why.evidence.map((rule) =>
		node("li", {}, `${rule.sentence} `, node("span", { class: "muted" },
			`(${rule.rule}: ${rule.count} of ${rule.limit}, worth: ${rule.step})`))));
}

function budgets(why) {
	const limits = Object.entries(why.budget ?? {}).filter(([, limit]) => limit);

	return node("ul", { class: "legend" }, ...limits.map(([name, limit]) =>
		node("li", {}, `${name} `, node("b", {}, `${Number(limit.rate.toPrecision(3))}/s`), `, ${limit.burst} at once`)));
}

function part(title, element) {
	return element.childElementCount ? [node("h3", {}, title), element] : [];
}

function steps(why) {
	if (!why.steps)
		return [];
	const list = node("ol", { class: "steps" }, ...[...why.steps].reverse().map(step));

	return why.steps.length ? part("What the agent decided, the latest first", list)
		: [node("h3", {}, "What the agent decided"), node("p", { class: "muted" }, "Nothing about it, as far as its journal goes back.")];
}

function commands(why) {
	const list = why.banned ? [`sipshield ban del ${why.src}`] : [`sipshield ban add ${why.src} --ttl 1h --reason "..."`];

	return [node("h3", {}, why.banned ? "To lift the ban" : "To ban it"), ...list.map(command)];
}

function body(why) {
	return [
		ruling(why),
		...part("In the order of a packet's way", stages(why)),
		...part("What speaks against it", evidence(why)),
		...steps(why),
		...part("Its budgets", budgets(why)),
		...commands(why),
	];
}

export class SourcePanel {
	constructor() {
		this.dialog = byId("source");
		this.asked = 0;
		byId("source-close").addEventListener("click", () => this.dialog.close());
		this.dialog.addEventListener("click", (event) => {
			if (event.target === this.dialog)
				this.dialog.close();
		});
	}

	async open(address) {
		const asked = ++this.asked;

		this.say(address, "Asking …");
		if (!this.dialog.open)
			this.dialog.showModal();
		byId("source-title").focus();
		try {
			const answer = await fetch(`api/source?addr=${encodeURIComponent(address)}`, { cache: "no-store" });
			const text = await answer.text();

			if (asked !== this.asked)
				return;
			if (!answer.ok) {
				this.say(address, text.trim());
				return;
			}
			const why = JSON.parse(text);

			write(byId("source-title"), why.src);
			byId("source-body").replaceChildren(...body(why));
		} catch {
			if (asked === this.asked)
				this.say(address, "There is no answer: the connection is lost.");
		}
	}

	say(address, text) {
		write(byId("source-title"), address);
		byId("source-body").replaceChildren(node("p", { role: "status" }, text));
	}
}
