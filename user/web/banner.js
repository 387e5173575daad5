// SPDX-License-Identifier: GPL-2.0-or-later
// What is in force, in one sentence, and what the operator should know beside it. Each state has a
// mark and words of its own: the colour alone says nothing.
import { byId, duration, node, percent, write } from "./format.js";

const NEARLY_FULL = 0.9;
const SILENT = 5; // seconds without a round of the agent

function state(s) {
	if (!s.mode)
		return ["bad", "✕", "Not protected: no program is attached. Run `sipshield run`"];
	if (typeof s.bypass === "number")
		return ["bad", "✕", "Bypassed by hand: everything passes"];
	if (s.blind)
		return ["bad", "✕", "Blind: packets get past the program. Run `sipshield doctor`"];
	if (s.policy.mode === "off")
		return ["bad", "✕", "Off: the policy lets everything pass"];
	if (s.policy.mode !== "enforce")
		return ["warn", "◐", "Shadow: it only watches, nothing is dropped"];
	return ["good", "✓", "Enforcing"];
}

function agent(s) {
	if (!s.agent.running)
		return "No agent: what is in force stays, but nobody is banned and nothing is logged";
	if (s.agent.silent > SILENT)
		return "The agent is silent: it makes no new decisions";
	return null;
}

function load(s) {
	return s.lanes.request.fill >= NEARLY_FULL
		? "Under load: the strangers' lane is full, their first tries wait half a second" : null;
}

function nonces(s) {
	return s.nonces.shared > 0
		? "The server sends one nonce to several peers: they prove nothing (see the agent's log for the setting)" : null;
}

function lane(s) {
	const { rate, full } = s.lanes.request;

	return full > 0 && rate < full
		? `The server does badly: strangers have ${percent(rate / full)} of their rate` : null;
}

function tables(s) {
	return Object.entries(s.tables).filter(([, t]) => t.capacity > 0 && t.entries / t.capacity >= NEARLY_FULL)
		.map(([name, t]) => `The table of ${name} is ${percent(t.entries / t.capacity)} full`);
}

// What asks for something to be done, and what is only good to know.
function warnings(s) {
	return [
		typeof s.policy.reverts_in === "number"
			? "The policy is not confirmed: it is taken back unless `sipshield policy confirm` comes in time" : null,
		typeof s.policy.taken_back === "number"
			? `The policy of generation ${s.policy.taken_back} was taken back: nobody confirmed it` : null,
		agent(s),
		s.frozen ? "Frozen: so many are banned or limited that no new bans are made for now" : null,
		lane(s), nonces(s), ...tables(s),
	].filter(Boolean);
}

function remarks(s) {
	return [
		load(s),
		s.mode === "generic" ? "Generic mode: the card's driver does not run the program, which costs more" : null,
	].filter(Boolean);
}

// Counts down every second: not read out.
function countdown(s, passed) {
	if (typeof s.policy.reverts_in === "number")
		return `Unconfirmed policy: ${duration(Math.max(0, s.policy.reverts_in - passed))} left`;
	if (typeof s.bypass === "number")
		return `Bypass: ${duration(Math.max(0, s.bypass - passed))} left`;
	return "";
}

export function showBanner(s) {
	const [level, mark, text] = state(s);
	const list = byId("notices");
	const warned = warnings(s);
	const said = [...warned, ...remarks(s)];

	byId("banner").dataset.state = level === "good" && warned.length ? "warn" : level;
	write(byId("banner-mark"), mark);
	write(byId("banner-text"), text);
	if (list.dataset.said !== said.join("\n")) {
		list.dataset.said = said.join("\n");
		list.replaceChildren(...said.map((notice) => node("li", {}, notice)));
	}
	showCountdown(s, 0);
}

// passed: seconds since the reading came.
export function showCountdown(s, passed) {
	const text = countdown(s, passed);
	const place = byId("countdown");

	write(place, text);
	place.hidden = !text;
}

export function showLost(text) {
	byId("banner").dataset.state = "bad";
	write(byId("banner-mark"), "?");
	write(byId("banner-text"), text);
}
