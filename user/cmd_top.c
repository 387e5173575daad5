// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/cmd_top.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/json.h"
#include "user/top.h"

#define DELAY_MIN_MS 100
#define DELAY_MAX_MS 3600000

static void close_scrape(struct scrape *scrape)
{
	scrape_close(scrape);
}

static void free_memory(void *memory)
{
	free(*(void **)memory);
}

int top_read(struct scrape *scrape, struct snapshot *out)
{
	char name[IF_NAMESIZE];
	struct store *store;
	int err = scrape_read(scrape, out);

	if (!err && out->attached)
		return 0;
	if (store_open(scrape->dev, false, &store, name))
		return err;
	scrape_close(scrape);
	scrape_of(store, name, scrape);
	return scrape_read(scrape, out);
}

static int cannot_read(const struct scrape *scrape, int err)
{
	return cmd_fail(EXIT_FAILED, "cannot read the maps of %s: %s", scrape->dev, strerror(-err));
}

static int exit_of(const struct snapshot *snapshot)
{
	return snapshot_enforcing(snapshot) ? EXIT_DONE : EXIT_NOT_ENFORCING;
}

static int once_json(struct scrape *scrape)
{
	__attribute__((cleanup(free_memory))) struct snapshot *now = malloc(sizeof(*now));
	int err = now ? top_read(scrape, now) : -ENOMEM;

	if (err)
		return cannot_read(scrape, err);
	return json_print(snapshot_json(now), stdout) ? EXIT_FAILED : exit_of(now);
}

/* Two readings, for what is told per second. */
static int once_text(struct scrape *scrape, int delay_ms)
{
	__attribute__((cleanup(free_memory))) struct snapshot *before = malloc(sizeof(*before));
	__attribute__((cleanup(free_memory))) struct snapshot *now = malloc(sizeof(*now));
	__attribute__((cleanup(free_memory))) struct top_page *page = malloc(sizeof(*page));
	const struct timespec delay = { delay_ms / 1000, delay_ms % 1000 * 1000000L };
	const struct top top = { .ascii = true };
	int err = before && now && page ? top_read(scrape, before) : -ENOMEM;

	if (!err && !nanosleep(&delay, NULL))
		err = top_read(scrape, now);
	if (err)
		return cannot_read(scrape, err);
	top_render(&top, now, before, page);
	for (size_t i = 0; i < page->lines; i++)
		puts(page->line[i].text);
	return exit_of(now);
}

static int delay_of(const char *text, int *ms)
{
	char *end;
	double seconds = strtod(text, &end);

	if (*end || end == text || !isfinite(seconds) || seconds * 1000 < DELAY_MIN_MS ||
	    seconds * 1000 > DELAY_MAX_MS)
		return -EINVAL;
	*ms = (int)(seconds * 1000);
	return 0;
}

int cmd_top(int argc, char **argv)
{
	const char *delay = "1";
	bool once = false;
	const struct cmd_option option[] = {
		{ .name = "once", .what = "print the figures once and end", .flag = &once },
		{ .name = "delay",
		  .arg = "SECONDS",
		  .what = "between two readings, 0.1 to 3600; 1 by default",
		  .value = &delay },
	};
	const struct cmd_use use = {
		.name = "top",
		.args = "[DEV]",
		.what = "Shows all figures of an interface on the terminal, again and again: packets a\n"
			"second by reason, lanes, the server, bans, suspects, hot sources and called\n"
			"numbers. Keys: q ends, 1 to 6 or tab choose a view, s the order, v a verdict,\n"
			"p pauses, j and k scroll. With --once two readings are compared and printed as\n"
			"text; with --once --json one is, as `status --json' has it.",
		.option = option,
		.options = 2,
		.args_max = 1,
	};
	__attribute__((cleanup(close_scrape))) struct scrape scrape = { 0 };
	struct cmd_common common;
	struct store *store;
	char name[IF_NAMESIZE];
	int status, delay_ms;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (delay_of(delay, &delay_ms))
		return cmd_fail(EXIT_USAGE, "--delay %s: expected seconds, 0.1 to 3600", delay);
	if (common.json && !once)
		return cmd_fail(EXIT_USAGE, "--json prints one reading: say --once, too");
	if (!once && !(isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
		return cmd_fail(EXIT_USAGE, "top needs a terminal; --once prints the figures");
	status = cmd_open_store(argc ? argv[0] : common.dev, false, &store, name);
	if (status)
		return status;
	scrape_of(store, name, &scrape);
	if (once)
		return common.json ? once_json(&scrape) : once_text(&scrape, delay_ms);
	return top_screen(&scrape, delay_ms, common.color);
}
