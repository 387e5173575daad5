// SPDX-License-Identifier: GPL-2.0-or-later
// The last decisions of the agent: who took which step of the ladder, when, by which rule.
import { byId, duration, node } from "./format.js";
import { Table } from "./table.js";

const EVERY_MS = 10000;

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

// A prefix, or the shield as a whole, is no source that could be explained.
function isSource(src) {
	return src !== "shield" && !src.includes("/");
}

function when(t) {
	return (Date.now() / 1000 - t < 86400 ? clock : day).format(new Date(t * 1000));
}

function step(d) {
	const end = d.ttl > 0 ? ` for ${duration(d.ttl)}` : "";
	const but = d.bound ? ", not banned" : d.error ? ", not done" : "";

	return `${d.from} → ${d.to}${end}${but}`;
}

export class Decisions {
	constructor(open) {
		this.asked = -Infinity;
		this.table = new Table(byId("table-decisions"), {
			caption: "The last decisions of the agent, the latest first", key: (d) => d.id, sort: "when",
			empty: "Nothing, as far as its journal goes back.",
			columns: [
				{ name: "when", label: "When", value: (d) => d.id, text: (d) => when(d.t), num: true },
				{ name: "src", label: "Source", value: (d) => d.src,
					cell: (d) => (isSource(d.src)
						? node("button", { type: "button", class: "open", onclick: () => open(d.src) }, d.src) : d.src) },
				{ name: "step", label: "Step", value: step },
				{ name: "why", label: "Why", class: "long", value: (d) => d.bound || d.sentence },
			],
		});
	}

	// bans: how many there are now; another number has a decision behind it.
	async show(bans) {
		if (bans === this.bans && performance.now() - this.asked < EVERY_MS)
			return;
		this.bans = bans;
		this.asked = performance.now();
		try {
			const answer = await fetch("api/decisions", { cache: "no-store" });

			if (answer.ok)
				this.table.show((await answer.json()).decisions);
		} catch {
			// the next reading asks again
		}
	}
}
