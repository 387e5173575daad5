// SPDX-License-Identifier: GPL-2.0-or-later
// Numbers and times as text, and elements of the page. Text goes in as text, never as HTML: notes and
// numbers are an attacker's words.

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function count(value) {
	return typeof value === "number" ? grouped.format(value) : "–";
}

// Three figures are enough for what changes each second.
export function rate(value) {
	if (typeof value !== "number" || !Number.isFinite(value))
		return "–";
	if (value >= 1e6)
		return `${(value / 1e6).toFixed(value >= 1e7 ? 1 : 2)} M`;
	if (value >= 1e4)
		return `${(value / 1e3).toFixed(value >= 1e5 ? 0 : 1)} k`;
	if (value >= 10 || Number.isInteger(value))
		return grouped.format(value);
	return value.toFixed(value >= 1 ? 1 : 2);
}

export function bytes(value) {
	const units = ["B", "kB", "MB", "GB", "TB", "PB"];
	let unit = 0;

	while (value >= 1000 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}
	return `${unit && value < 100 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export function duration(seconds) {
	const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];
	let left = Math.max(0, Math.round(seconds));
	let i = units.findIndex(([, size]) => left >= size);

	if (typeof seconds !== "number")
		return "–";
	if (i < 0)
		return "0s";
	let text = `${Math.floor(left / units[i][1])}${units[i][0]}`;
	left %= units[i][1];
	i++;
	if (i < units.length && left >= units[i][1])
		text += ` ${Math.floor(left / units[i][1])}${units[i][0]}`;
	return text;
}

export function ago(seconds) {
	return typeof seconds === "number" ? (seconds < 1 ? "now" : `${duration(seconds)} ago`) : "–";
}

export function percent(share) {
	return `${share > 0 && share < 0.1 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`;
}

// node("td", { class: "num" }, "text", other): an attribute that is null or false is left out.
export function node(tag, attributes = {}, ...children) {
	const element = document.createElement(tag);

	for (const [name, value] of Object.entries(attributes)) {
		if (name.startsWith("on"))
			element.addEventListener(name.slice(2), value);
		else if (value !== null && value !== false)
			element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...children.filter((child) => child !== null));
	return element;
}

export function byId(id) {
	return document.getElementById(id);
}

// Only what is different is written, so that nothing is announced or laid out for nothing.
export function write(element, text) {
	if (element.textContent !== text)
		element.textContent = text;
}

// A bar: how much of something is used, 0 to 1.
export function meter(share, label) {
	const bar = node("i");
	const level = share >= 0.95 ? "full" : share >= 0.75 ? "high" : "low";

	bar.style.width = `${Math.min(100, share * 100)}%`;
	return node("span", {
		class: "meter", role: "meter", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100,
		"aria-valuenow": Math.round(share * 100), "data-level": level,
	}, bar);
}
