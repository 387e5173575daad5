// SPDX-License-Identifier: GPL-2.0-or-later
// Light or dark, before the first paint, so that nothing flashes; what was chosen is kept.
(() => {
	const system = window.matchMedia("(prefers-color-scheme: dark)");
	const choices = ["auto", "light", "dark"];
	const root = document.documentElement;
	let choice = "auto";

	try {
		choice = localStorage.getItem("sipshield-theme") || "auto";
	} catch {
		// a browser that keeps nothing follows the system
	}
	if (!choices.includes(choice))
		choice = "auto";

	function apply() {
		const dark = choice === "dark" || (choice === "auto" && system.matches);

		root.dataset.theme = dark ? "dark" : "light";
		root.dataset.choice = choice;
		document.dispatchEvent(new Event("themechange"));
	}

	function next() {
		choice = choices[(choices.indexOf(choice) + 1) % choices.length];
		try {
			localStorage.setItem("sipshield-theme", choice);
		} catch {
			// it holds for this page alone
		}
		apply();
	}

	system.addEventListener("change", apply);
	apply();
	document.addEventListener("DOMContentLoaded", () => {
		const button = document.getElementById("theme");
		const label = () => {
			button.textContent = `Theme: ${choice}`;
		};

		button.addEventListener("click", next);
		document.addEventListener("themechange", label);
		label();
	});
})();
