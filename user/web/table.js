// SPDX-License-Identifier: GPL-2.0-or-later
// A table that is sorted by its headings and keeps its rows, and with them the focus, while figures
// change. A column: { name, label, num, wide, value(row), text(row), cell(row) }; cell() makes an
// element anew only when text() says something else.
import { node } from "./format.js";

function compare(a, b) {
	if (typeof a === "number" && typeof b === "number")
		return a - b;
	return String(a).localeCompare(String(b), "en", { numeric: true });
}

export class Table {
	constructor(place, { columns, key, sort, descending = true, empty, caption }) {
		this.place = place;
		this.columns = columns;
		this.key = key;
		this.sort = sort;
		this.descending = descending;
		this.rows = new Map();
		this.data = [];
		this.body = node("tbody");
		this.heads = columns.map((column) => this.head(column));
		this.table = node("table", {}, node("caption", { class: "hidden" }, caption),
			node("thead", {}, node("tr", {}, ...this.heads)), this.body);
		this.nothing = node("p", { class: "empty" }, empty);
		this.place.replaceChildren(this.table, this.nothing);
		this.show([]);
	}

	head(column) {
		const button = node("button", { type: "button", onclick: () => this.sortBy(column.name) }, column.label);

		return node("th", { scope: "col", class: this.classes(column) }, button);
	}

	classes(column) {
		return [column.num ? "num" : "text", column.wide ? "wide" : "", column.class ?? ""].join(" ").trim();
	}

	sortBy(name) {
		this.descending = this.sort === name ? !this.descending : Boolean(this.columns.find((c) => c.name === name).num);
		this.sort = name;
		this.show(this.data);
	}

	ordered(data) {
		const column = this.columns.find((c) => c.name === this.sort);
		const sign = this.descending ? -1 : 1;

		return [...data].sort((a, b) => sign * compare(column.value(a), column.value(b)) ||
			compare(this.key(a), this.key(b)));
	}

	fill(row, item) {
		this.columns.forEach((column, i) => {
			const text = String(column.text ? column.text(item) : column.value(item));
			const cell = row.children[i];

			if (cell.dataset.text === text)
				return;
			cell.dataset.text = text;
			cell.replaceChildren(column.cell ? column.cell(item) : text);
		});
	}

	row(item) {
		const key = String(this.key(item));
		let row = this.rows.get(key);

		if (!row) {
			row = node("tr", { "data-key": key },
				...this.columns.map((column) => node("td", { class: this.classes(column) })));
			this.rows.set(key, row);
		}
		this.fill(row, item);
		return row;
	}

	show(data) {
		const focused = document.activeElement;
		const rows = this.ordered(data).map((item) => this.row(item));
		const kept = new Set(rows);

		this.data = data;
		for (const [key, row] of this.rows) {
			if (!kept.has(row))
				this.rows.delete(key);
		}
		if (rows.length !== this.body.children.length || rows.some((row, i) => this.body.children[i] !== row))
			this.body.replaceChildren(...rows);
		if (focused && focused !== document.activeElement && this.body.contains(focused))
			focused.focus({ preventScroll: true });
		this.columns.forEach((column, i) => {
			const order = this.descending ? "descending" : "ascending";

			this.heads[i].setAttribute("aria-sort", column.name === this.sort ? order : "none");
		});
		this.table.hidden = !rows.length;
		this.nothing.hidden = rows.length > 0;
	}
}
