// SPDX-License-Identifier: GPL-2.0-or-later
// The tiles and tables: what each figure is called and where it stands in a reading.
import { ago, byId, bytes, count, duration, meter, node, percent, rate, write } from "./format.js";
import { Table } from "./table.js";

const LANES = {
	request: "new requests", return: "those who tried again", repeat: "repeats", response: "responses", other: "all else",
};

// The rest is in `status --json`.
const HOTTEST = 12;

// A packet of 1,024 is timed: the mean of half a minute is quieter than that of a second.
const COST_READINGS = 30;

function used(share, label) {
	return node("span", { class: "used" }, percent(share), meter(share, label));
}

// The clock behind it has ticks of milliseconds.
function wait(ms) {
	return ms < 0.1 ? "<0.1" : rate(ms);
}

function verdict(word) {
	return node("span", { class: `verdict ${word}` }, word);
}

function text(name, label, value, more = {}) {
	return { name, label, value, ...more };
}

function num(name, label, value, more = {}) {
	return { name, label, num: true, value, text: (row) => count(value(row)), ...more };
}

function source(open, label = "Source") {
	return text("src", label, (r) => r.src, {
		cell: (r) => node("button", { type: "button", class: "open", onclick: () => open(r.src) }, r.src),
	});
}

function since(name, label, more = {}) {
	return { name, label, num: true, value: (r) => -r[name], text: (r) => ago(r[name]), ...more };
}

function bans(open) {
	return new Table(byId("table-bans"), {
		caption: "Bans in force, the newest first", empty: "Nobody is banned.", key: (r) => r.src, sort: "since",
		columns: [
			source(open),
			text("note", "Why", (r) => r.note, { class: "long" }),
			num("level", "Step", (r) => r.level, { wide: true, text: (r) => (r.level ? String(r.level) : "by hand") }),
			since("since", "Since", { wide: true }),
			{ name: "expires", label: "Ends in", num: true, value: (r) => r.expires ?? Infinity,
				text: (r) => (r.expires === null ? "never" : duration(r.expires)) },
		],
	});
}

function suspects(open) {
	return new Table(byId("table-suspects"), {
		caption: "Sources that went over a limit or hit a check", empty: "No suspects.", key: (r) => r.src, sort: "exceeded",
		columns: [
			source(open),
			text("reason", "Last reason", (r) => (r.check && r.check !== r.reason ? `${r.reason}; ${r.check}` : r.reason)),
			text("method", "Method", (r) => r.method, { wide: true }),
			num("exceeded", "Over limits", (r) => r.exceeded),
			num("structural", "Checks hit", (r) => r.structural, { wide: true }),
			num("suspicion", "Suspicion", (r) => r.suspicion, { wide: true }),
			since("last", "Last", { wide: true }),
		],
	});
}

function sources(open) {
	return new Table(byId("table-sources"), {
		caption: "Sources of most sampled events", empty: "No events of sources yet.", key: (r) => r.src, sort: "events",
		columns: [
			source(open),
			num("events", "Dropped", (r) => r.events, { text: (r) => `${count(r.dropped)} of ${count(r.events)}` }),
			text("reason", "Last reason", (r) => r.reason, { class: "name" }),
		],
	});
}

function numbers() {
	return new Table(byId("table-numbers"), {
		caption: "Called numbers and users of most sampled events", empty: "No numbers were seen yet.", key: (r) => r.number,
		sort: "events",
		columns: [
			text("number", "Called", (r) => r.number, { class: "long" }),
			num("events", "Events", (r) => r.events),
			since("last", "Last"),
		],
	});
}

function lanes() {
	return new Table(byId("table-lanes"), {
		caption: "The lanes that all strangers share", empty: "No lanes.", key: (r) => r.name, sort: "fill",
		columns: [
			text("name", "Lane", (r) => LANES[r.name] ?? r.name),
			num("rate", "Rate /s", (r) => r.rate, { text: (r) => (r.full ? `${rate(r.rate)} of ${rate(r.full)}` : "no limit") }),
			{ name: "fill", label: "Used up", num: true, value: (r) => r.fill, text: (r) => percent(r.fill),
				cell: (r) => used(r.fill, `lane ${r.name}`) },
		],
	});
}

function tables() {
	return new Table(byId("table-tables"), {
		caption: "How full the tables are", empty: "No tables.", key: (r) => r.name, sort: "share",
		columns: [
			text("name", "Table", (r) => r.name),
			num("entries", "Entries", (r) => r.entries, { text: (r) => `${count(r.entries)} of ${count(r.capacity)}` }),
			{ name: "share", label: "Full", num: true, value: (r) => r.entries / r.capacity, text: (r) => percent(r.entries / r.capacity),
				cell: (r) => used(r.entries / r.capacity, `table ${r.name}`) },
		],
	});
}

function split(id, caption, label) {
	return new Table(byId(id), {
		caption, empty: "No packets yet.", key: (r) => r.name, sort: "passed",
		columns: [
			text("name", label, (r) => r.name),
			num("passed", "Passed", (r) => r.passed),
			num("dropped", "Dropped", (r) => r.dropped),
		],
	});
}

// Whether a rule drops, only counts or is off; a way to pass is no rule.
function action(r) {
	return r.verdict === "pass" ? "pass" : r.action === "enforce" || !r.action ? "drop" : r.action;
}

function reasons() {
	return new Table(byId("table-reasons"), {
		caption: "Packets by reason", empty: "No packets yet.", key: (r) => r.name, sort: "packets",
		columns: [
			text("name", "Reason", (r) => r.name, { class: "name" }),
			text("verdict", "Verdict", action, { cell: (r) => verdict(action(r)) }),
			num("packets", "Packets", (r) => r.packets),
			num("rate", "/s", (r) => r.rate ?? 0, { text: (r) => rate(r.rate ?? 0) }),
			num("shadow", "Would drop", (r) => r.shadow, { wide: true }),
			text("sentence", "What it means", (r) => (r.direction === "out" ? `out: ${r.sentence}` : r.sentence), { wide: true }),
		],
	});
}

function instance(s) {
	const agent = s.agent.running ? `process ${s.agent.pid}, last round ${ago(s.agent.silent)}` : "not running";
	const pairs = [
		["Policy", `generation ${s.policy.generation}, mode ${s.policy.mode}`],
		["Driver", s.mode ? `${s.mode} mode` : "not attached"],
		["Agent", agent],
		["Counting for", duration(s.uptime)],
		["Bytes in", `${bytes(s.bytes.passed)} passed, ${bytes(s.bytes.dropped)} dropped`],
		["Events lost", count(s.events_lost)],
		["Nonces", `${count(s.nonces.sent)} sent, ${count(s.nonces.shared)} shared`],
	];

	if (s.nic)
		pairs.push(["Card", `${count(s.nic.rx_packets)} received, ${count(s.nic.rx_dropped)} lost`]);
	return pairs;
}

function pathOf(object, path) {
	return path.split(".").reduce((value, key) => value?.[key], object);
}

export class Panels {
	constructor(open) {
		this.bans = bans(open);
		this.suspects = suspects(open);
		this.sources = sources(open);
		this.numbers = numbers();
		this.lanes = lanes();
		this.tables = tables();
		this.reasons = reasons();
		this.methods = split("table-methods", "Packets in, by method", "Method");
		this.standing = split("table-standing", "Packets in, by the standing of their source", "Source is");
		this.all = byId("all-reasons");
		this.figures = [...document.querySelectorAll("[data-figure]")];
		this.instance = new Map();
		this.costs = [];
	}

	// fresh: the rates since the reading before, or null.
	show(s, fresh) {
		const named = (object) => Object.entries(object).map(([name, value]) => ({ name, ...value }));
		const busy = (rows) => rows.filter((r) => r.passed || r.dropped);

		this.tiles(s, fresh);
		this.bans.show(s.lists.bans);
		this.suspects.show(s.lists.suspects);
		this.sources.show(s.lists.sources.slice(0, HOTTEST));
		this.numbers.show(s.lists.numbers.slice(0, HOTTEST));
		this.lanes.show(named(s.lanes));
		this.tables.show(named(s.tables));
		this.methods.show(busy(s.methods));
		this.standing.show(busy(s.sources_by_standing));
		this.reasons.show(s.reasons.filter((r) => this.all.checked || r.packets || r.shadow)
			.map((r) => ({ ...r, rate: fresh?.reason[r.name] })));
		this.facts(s);
	}

	tiles(s, fresh) {
		for (const element of this.figures) {
			const value = pathOf(s, element.dataset.figure);

			element.dataset.value = value;
			write(element, count(value));
		}
		for (const name of ["passed", "dropped", "shadowed"])
			write(byId(`rate-${name}`), fresh ? rate(fresh.rate[name]) : "–");
		if (fresh && fresh.rate.answered > 0)
			write(byId("wait"), wait(fresh.rate.wait_ms / fresh.rate.answered));
		this.cost(s.cost, fresh);
	}

	// What a packet costs: of those that were timed lately, else of all; and the time that all take.
	cost(all, fresh) {
		if (!all.packets)
			return;
		const then = this.costs.find((c) => c.packets < all.packets) ?? { packets: 0, ns: 0 };
		const now = (all.ns - then.ns) / (all.packets - then.packets);

		this.costs = [...this.costs, all].slice(-COST_READINGS);

		byId("cost").dataset.value = all.ns;
		write(byId("cost"), rate(Math.round(now)));
		if (fresh)
			write(byId("cost-load"), `${percent((fresh.rate.passed + fresh.rate.dropped) * now / 1e9)} of a core`);
	}

	facts(s) {
		for (const [name, value] of instance(s)) {
			if (!this.instance.has(name)) {
				this.instance.set(name, node("dd"));
				byId("instance").append(node("dt", {}, name), this.instance.get(name));
			}
			write(this.instance.get(name), value);
		}
	}
}
