// SPDX-License-Identifier: GPL-2.0-or-later
// Rates and levels over time: the server's memory of them, and what came since.
const SECONDS = { "5m": 300, "1h": 3600, "6h": 21600, "24h": 86400, "7d": 604800 };
const LIVE_SECONDS = 300; // beyond that a second more is no pixel more
const RELOAD_MS = 10000;

function counters(s) {
	return {
		passed: s.passed, dropped: s.dropped, shadowed: s.shadowed, answered: s.server.answered,
		wait_ms: s.server.mean_wait * 1000 * s.server.answered, overload: s.server.overload,
		timed: s.cost.packets, timed_ns: s.cost.ns, ...s.server.answers,
	};
}

function shadows(s) {
	return Object.fromEntries(s.reasons.map((r) => [r.name, r.shadow]));
}

function levels(s) {
	const lane = s.lanes.request;

	return { lane_share: lane.full > 0 ? lane.rate / lane.full : 1, lane_fill: lane.fill };
}

// By name what two readings differ by, a second.
function rates(now, before, seconds) {
	return Object.fromEntries(Object.entries(now).map(([name, value]) =>
		[name, Math.max(0, value - (before[name] ?? value)) / seconds]));
}

export class Trend {
	constructor() {
		this.range = "5m";
		this.loaded = 0;
		this.clear();
	}

	clear() {
		this.time = [];
		this.rate = {};
		this.reason = {};
		this.shadow = {};
		this.level = {};
	}

	get seconds() {
		return SECONDS[this.range];
	}

	// What is shown: until the last reading, whose time is the server's.
	span() {
		const to = this.last ? this.last.time : this.time.at(-1) ?? Date.now() / 1000;

		return { from: to - this.seconds, to };
	}

	async load() {
		const range = this.range;

		this.loaded = performance.now();
		const answer = await fetch(`api/history?range=${range}`, { cache: "no-store" });

		if (!answer.ok)
			throw new Error(`the history cannot be had: ${answer.status} ${answer.statusText}`);
		const document = await answer.json();

		if (range === this.range)
			Object.assign(this, { time: document.time, rate: document.rate, reason: document.reason,
				shadow: document.shadow, level: document.level });
	}

	get due() {
		return this.seconds > LIVE_SECONDS && performance.now() - this.loaded > RELOAD_MS;
	}

	// A reading becomes a point where points are seconds apart. Returns the rates since the one before.
	add(snapshot) {
		const before = this.last;
		const took = before ? snapshot.clock - before.clock : 0;

		this.last = snapshot;
		if (took <= 0 || snapshot.passed < before.passed || snapshot.dropped < before.dropped)
			return null;
		const rate = rates(counters(snapshot), counters(before), took);
		const reason = rates(snapshot.by_reason, before.by_reason, took);
		const shadow = rates(shadows(snapshot), shadows(before), took);

		if (this.seconds <= LIVE_SECONDS && (this.time.length === 0 || snapshot.time > this.time.at(-1))) {
			this.put(snapshot.time, { rate, reason, shadow, level: levels(snapshot) });
			this.trim(snapshot.time - this.seconds - 10);
		}
		return { rate, reason };
	}

	put(time, kinds) {
		const points = this.time.length;

		this.time.push(time);
		for (const [kind, values] of Object.entries(kinds)) {
			for (const [name, value] of Object.entries(values)) {
				if (!this[kind][name] && value > 0)
					this[kind][name] = Array(points).fill(0);
			}
			for (const [name, series] of Object.entries(this[kind]))
				series.push(values[name] ?? series.at(-1) ?? 0);
		}
	}

	trim(since) {
		const first = this.time.findIndex((t) => t >= since);

		if (first <= 0)
			return;
		this.time.splice(0, first);
		for (const kind of ["rate", "reason", "shadow", "level"]) {
			for (const [name, series] of Object.entries(this[kind])) {
				series.splice(0, first);
				if ((kind === "reason" || kind === "shadow") && !series.some((v) => v > 0))
					delete this[kind][name];
			}
		}
	}
}
