// SPDX-License-Identifier: GPL-2.0-or-later
// The charts, over rates and levels as /api/history has them; /chart.min.js draws.
/* global Chart */
import { byId, node, rate } from "./format.js";

const COLORS = 8;
const OTHER = "other reasons";
const REASONS_SHOWN = COLORS - 1;

const exact = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const wall = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const wallDay = new Intl.DateTimeFormat("en-GB", { weekday: "short", hour: "2-digit", minute: "2-digit" });

function styles() {
	const css = getComputedStyle(document.documentElement);
	const of = (name) => css.getPropertyValue(`--${name}`).trim();

	return {
		text: of("text"), muted: of("muted"), line: of("line"), card: of("card"),
		series: Array.from({ length: COLORS }, (_, i) => of(`series-${i}`)),
	};
}

// Between two marks on the axis, seconds; at whole ones of these by the wall clock.
const MARKS = [60, 300, 900, 3600, 4 * 3600, 86400];

function marks(span) {
	const zone = new Date(span.to * 1000).getTimezoneOffset() * 60;
	const step = MARKS.find((s) => (span.to - span.from) / s <= 7) ?? MARKS.at(-1);
	const format = span.to - span.from > 86400 ? wallDay : wall;
	const ticks = [];

	for (let t = Math.ceil((span.from - zone) / step) * step + zone; t <= span.to; t += step)
		ticks.push({ value: t });
	return { ticks, label: (t) => format.format(new Date(t * 1000)) };
}

function axes(stacked, top) {
	return {
		x: { type: "linear", ticks: { maxRotation: 0, autoSkipPadding: 12 }, grid: { display: false } },
		y: { stacked, beginAtZero: true, suggestedMax: top, ticks: { maxTicksLimit: 5, callback: (v) => rate(v) } },
	};
}

function options(stacked, top) {
	return {
		animation: false, responsive: true, maintainAspectRatio: false, normalized: true, parsing: false,
		interaction: { mode: "index", intersect: false },
		scales: axes(stacked, top),
		plugins: {
			legend: { display: false },
			tooltip: {
				itemSort: (a, b) => b.parsed.y - a.parsed.y,
				filter: (item) => item.parsed.y > 0 || item.chart.data.datasets.length < 4,
				callbacks: {
					title: (items) => (items.length ? exact.format(new Date(items[0].parsed.x * 1000)) : ""),
					label: (item) => ` ${item.dataset.label}: ${rate(item.parsed.y)}`,
				},
			},
		},
	};
}

// One chart and its legend. A series: { label, color, values }.
class Plot {
	constructor(name, { stacked = false, top = 1 } = {}) {
		this.stacked = stacked;
		this.legend = byId(`legend-${name}`);
		this.chart = new Chart(byId(`chart-${name}`), { type: "line", data: { datasets: [] }, options: options(stacked, top) });
	}

	show(time, series, span, style) {
		const { data, options: opts } = this.chart;

		data.datasets = series.map(({ label, color, values }) => ({
			label, borderColor: style.series[color], backgroundColor: style.series[color] + (this.stacked ? "b0" : "30"),
			borderWidth: this.stacked ? 1 : 2, fill: this.stacked ? "stack" : "origin", pointRadius: 0, pointHitRadius: 6,
			data: time.map((x, i) => ({ x, y: values[i] === undefined ? 0 : values[i] })),
		}));
		Object.assign(opts.scales.x, { min: span.from, max: span.to });
		const { ticks, label } = marks(span);

		opts.scales.x.ticks.callback = label;
		opts.scales.x.afterBuildTicks = (axis) => {
			axis.ticks = ticks;
		};
		for (const axis of [opts.scales.x, opts.scales.y]) {
			axis.ticks.color = style.muted;
			axis.grid = { ...axis.grid, color: style.line, borderColor: style.line };
		}
		this.chart.update("none");
		this.explain(series, style);
	}

	explain(series, style) {
		const texts = series.map(({ label, values }) => `${label} ${rate(values.at(-1) ?? 0)}`);

		if (this.said === texts.join() + style.card)
			return;
		this.said = texts.join() + style.card;
		this.legend.replaceChildren(...series.map(({ label, color, values }) => {
			const swatch = node("i");

			swatch.style.background = style.series[color];
			return node("li", { "data-series": label }, swatch, label, node("b", {}, rate(values.at(-1) ?? 0)));
		}));
	}
}

// The reasons with most packets in the range, in the order of these; the rest is one series.
function dropped(trend, kind, drops, colors) {
	const sum = (values) => values.reduce((a, b) => a + b, 0);
	const names = Object.keys(trend[kind]).filter((name) => drops.has(name))
		.sort((a, b) => sum(trend[kind][b]) - sum(trend[kind][a]));
	const series = names.slice(0, REASONS_SHOWN).map((label) => ({ label, values: trend[kind][label] }));
	const rest = names.slice(REASONS_SHOWN);

	for (const item of series) {
		if (!colors.has(item.label) || series.some((s) => s !== item && colors.get(s.label) === colors.get(item.label)))
			colors.set(item.label, [...Array(REASONS_SHOWN).keys()].find((c) => !series.some((s) => colors.get(s.label) === c)) ?? 0);
		item.color = colors.get(item.label);
	}
	if (rest.length)
		series.push({ label: OTHER, color: COLORS - 1, values: trend.time.map((_, i) => rest.reduce((a, n) => a + (trend[kind][n][i] ?? 0), 0)) });
	return series;
}

export class Charts {
	constructor() {
		this.colors = new Map();
		this.dropped = new Plot("dropped", { stacked: true, top: 10 });
		this.passed = new Plot("passed", { top: 10 });
		this.answers = new Plot("answers", { stacked: true, top: 5 });
		this.wait = new Plot("wait", { top: 10 });
		this.lane = new Plot("lane", { top: 100 });
	}

	// kind: "reason" for what was dropped, "shadow" for what would have been.
	show(trend, kind, drops, span) {
		const style = styles();
		const zeros = trend.time.map(() => 0);
		const of = (kind, name) => trend[kind][name] ?? zeros;
		const answered = of("rate", "answered");
		const percent = (values) => values.map((v) => v * 100);

		this.dropped.show(trend.time, dropped(trend, kind, drops, this.colors), span, style);
		this.passed.show(trend.time, [
			{ label: "passed", color: 2, values: of("rate", "passed") },
			{ label: "would be dropped", color: 1, values: of("rate", "shadowed") },
		], span, style);
		this.answers.show(trend.time, ["2xx", "3xx", "4xx", "5xx", "6xx"].map((label, i) => (
			{ label, color: [2, 5, 0, 3, 4][i], values: of("rate", label) }))
			.filter(({ label, values }) => label === "2xx" || values.some((v) => v > 0)), span, style);
		this.wait.show(trend.time, [{ label: "mean", color: 4,
			values: of("rate", "wait_ms").map((ms, i) => (answered[i] > 0 ? ms / answered[i] : NaN)) }], span, style);
		this.lane.show(trend.time, [
			{ label: "rate in force", color: 0, values: percent(of("level", "lane_share")) },
			{ label: "full", color: 1, values: percent(of("level", "lane_fill")) },
		], span, style);
	}
}
