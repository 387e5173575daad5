// SPDX-License-Identifier: GPL-2.0-or-later
// The dashboard: brings the stream of readings, the charts, the tables and the page's controls together.
import { showBanner, showCountdown, showLost } from "./banner.js";
import { Charts } from "./charts.js";
import { Decisions } from "./decisions.js";
import { byId, duration, write } from "./format.js";
import { Live } from "./live.js";
import { Panels } from "./panels.js";
import { SourcePanel } from "./source.js";
import { Trend } from "./trend.js";

const STALE_SECONDS = 4;

const trend = new Trend();
const charts = new Charts();
const source = new SourcePanel();
const panels = new Panels((address) => source.open(address));
const decisions = new Decisions((address) => source.open(address));
let latest = null; // reading that is shown
let came = 0; // when it came, by this browser's clock, ms
let drops = new Set();
let which = ""; // of drops is drawn, if it was chosen: "reason" or "shadow"
let paused = false;
let trouble = "";

function draw() {
	const shadow = which === "shadow" || (which === "" && latest && latest.policy.mode === "shadow");

	byId(shadow ? "which-shadow" : "which-reason").checked = true;
	charts.show(trend, shadow ? "shadow" : "reason", drops, trend.span());
}

async function reload() {
	let note = "";

	try {
		await trend.load();
	} catch (error) {
		note = `The charts have no past: ${error.message}`;
	}
	const oldest = trend.time[0];

	if (!note && oldest && trend.span().to - oldest < trend.seconds * 0.9 && trend.seconds > 300)
		note = `The figures go back ${duration(trend.span().to - oldest)}: the process that serves this page has kept them since it started.`;
	write(byId("chart-note"), note);
	draw();
}

function age() {
	const seconds = (performance.now() - came) / 1000;

	if (!latest)
		return;
	showCountdown(latest, seconds);
	if (paused) {
		write(byId("fresh"), `Paused, figures of ${duration(seconds)} ago`);
		return;
	}
	document.body.dataset.stale = seconds > STALE_SECONDS;
	if (seconds > STALE_SECONDS) {
		showLost(trouble || "Connection lost");
		write(byId("fresh"), `Last figures ${duration(seconds)} old`);
	} else {
		write(byId("fresh"), `Live, ${new Date(latest.time * 1000).toLocaleTimeString("en-GB")}`);
	}
}

function reading(snapshot) {
	if (paused)
		return;
	const first = !latest;
	const gap = performance.now() - came;
	const fresh = trend.add(snapshot);

	latest = snapshot;
	came = performance.now();
	trouble = "";
	drops = new Set(snapshot.reasons.filter((r) => r.verdict === "drop").map((r) => r.name));
	write(byId("where"), `${snapshot.dev}, ${snapshot.version}`);
	document.title = `${snapshot.enforcing ? "" : "NOT ENFORCING · "}${snapshot.dev} · sipshield`;
	showBanner(snapshot);
	panels.show(snapshot, fresh);
	decisions.show(snapshot.bans);
	age();
	if (first || gap > STALE_SECONDS * 1000 || trend.due)
		reload();
	else
		draw();
}

function pause() {
	paused = !paused;
	byId("pause").setAttribute("aria-pressed", paused);
	write(byId("pause"), paused ? "Resume" : "Pause");
	if (paused)
		age();
	else
		reload();
}

byId("pause").addEventListener("click", pause);
byId("range").addEventListener("change", (event) => {
	trend.range = event.target.value;
	reload();
});
byId("which").addEventListener("change", (event) => {
	which = event.target.value;
	draw();
});
byId("all-reasons").addEventListener("change", () => latest && panels.show(latest, null));
byId("lookup").addEventListener("submit", (event) => {
	event.preventDefault();
	source.open(byId("address").value.trim());
});
document.addEventListener("themechange", draw);
setInterval(age, 1000);

new Live({
	reading,
	trouble: (text) => {
		trouble = text;
	},
}).start();
