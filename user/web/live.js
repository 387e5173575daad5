// SPDX-License-Identifier: GPL-2.0-or-later
// The stream of readings. What ends it is tried again; where there is none, because too many look
// already, readings are fetched one by one.
const POLL_MS = 3000;

export class Live {
	constructor({ reading, trouble }) {
		this.reading = reading;
		this.trouble = trouble;
		this.source = null;
		this.timer = 0;
		document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.start()));
	}

	start() {
		this.stop();
		this.source = new EventSource("api/stream");
		this.source.addEventListener("snapshot", (event) => this.reading(JSON.parse(event.data)));
		this.source.addEventListener("trouble", (event) => this.trouble(JSON.parse(event.data).error));
		this.source.onerror = () => {
			if (this.source && this.source.readyState === EventSource.CLOSED)
				this.poll();
		};
	}

	stop() {
		clearTimeout(this.timer);
		this.timer = 0;
		if (this.source)
			this.source.close();
		this.source = null;
	}

	async poll() {
		this.stop();
		const mine = (this.timer = setTimeout(() => this.start(), POLL_MS));

		try {
			const answer = await fetch("api/snapshot", { cache: "no-store" });

			if (answer.ok && this.timer === mine)
				this.reading(await answer.json());
		} catch {
			// the age of the last figures tells it
		}
	}
}
