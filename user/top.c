// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/top.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "user/duration.h"
#include "user/names.h"

#define NS_PER_SECOND 1000000000ULL
#define BAR_LEN 20

bool top_key(struct top *top, int key)
{
	switch (key) {
	case 'q':
		return false;
	case '\t':
		top->view = (top->view + 1) % TOP_VIEWS;
		top->sort = 0;
		top->first = 0;
		break;
	case 's':
		top->sort = (top->sort + 1) % TOP_SORTS;
		break;
	case 'v':
		top->verdict = (top->verdict + 1) % TOP_VERDICTS;
		top->first = 0;
		break;
	case 'p':
	case ' ':
		top->paused = !top->paused;
		break;
	case 'j':
		top->first += top->first < REASON_MAX;
		break;
	case 'k':
		top->first -= top->first > 0;
		break;
	}
	if (key >= '1' && key < '1' + TOP_VIEWS) {
		top->view = key - '1';
		top->sort = 0;
		top->first = 0;
	}
	return true;
}

const char *top_help(void)
{
	return "q quit  1-6 or tab view  s sort  v verdict  p pause  j k scroll";
}

void top_put(struct top_page *page, enum top_paint paint, const char *format, ...)
{
	struct top_line *line = &page->line[page->lines];
	va_list args;

	if (page->lines == TOP_LINES_MAX)
		return;
	va_start(args, format);
	vsnprintf(line->text, sizeof(line->text), format, args);
	va_end(args);
	line->paint = paint;
	page->lines++;
}

double top_seconds(const struct snapshot *now, const struct snapshot *before)
{
	if (!before || now->now_ns <= before->now_ns)
		return 0;
	return (double)(now->now_ns - before->now_ns) / (double)NS_PER_SECOND;
}

double top_rate(__u64 now, __u64 before, double seconds)
{
	return seconds > 0 && now > before ? (double)(now - before) / seconds : 0;
}

static const char *state_word(const struct snapshot *s)
{
	if (!s->attached)
		return "NOT PROTECTED: no program is attached";
	if (s->bypass_until_ns)
		return "BYPASSED";
	if (s->blind)
		return "BLIND: packets get past the program, see `sipshield doctor'";
	if (s->policy.mode == ACTION_OFF)
		return "OFF by the policy";
	if (s->policy.mode == ACTION_SHADOW)
		return "SHADOW: nothing is dropped";
	return "protected";
}

static void put_state(const struct snapshot *s, struct top_page *out)
{
	char up[DURATION_TEXT_LEN];
	time_t wall = (time_t)(s->wall_ns / NS_PER_SECOND);
	struct tm local;

	localtime_r(&wall, &local);
	top_put(out, snapshot_enforcing(s) ? TOP_GOOD : TOP_BAD,
		"%s: %s   %s mode, policy %u, counting for %s   %02d:%02d:%02d", s->interface,
		state_word(s),
		!s->attached ? "no"
		: s->native  ? "native"
			     : "generic",
		s->policy.generation, duration_format(snapshot_uptime(s), up), local.tm_hour,
		local.tm_min, local.tm_sec);
}

static __u64 seconds_left(const struct snapshot *s, __u64 until_ns)
{
	return until_ns > s->now_ns ? (until_ns - s->now_ns) / NS_PER_SECOND : 0;
}

/* What an operator has to know before any number. */
static void put_notices(const struct snapshot *s, struct top_page *out)
{
	if (!s->agent)
		top_put(out, TOP_WARN,
			"no agent: what is in force stays, but nobody is banned and nothing logged");
	if (s->bypass_until_ns)
		top_put(out, TOP_BAD, "everything passes for %llu s more",
			seconds_left(s, s->bypass_until_ns));
	if (s->confirm_by_ns)
		top_put(out, TOP_WARN,
			"the policy waits for `sipshield policy confirm', it ends in %llu s",
			seconds_left(s, s->confirm_by_ns));
	if (s->taken_back)
		top_put(out, TOP_WARN, "policy %u was taken back", s->taken_back);
	if (!snapshot_reload_ok(s))
		top_put(out, TOP_WARN, "the policy file was not applied when it was read last");
	if (s->frozen)
		top_put(out, TOP_WARN,
			"frozen: so many are banned or limited that no new bans are "
			"made for now");
}

static void put_traffic(const struct snapshot *now, const struct snapshot *before,
			struct top_page *out)
{
	double seconds = top_seconds(now, before);
	struct snapshot_sums is, was = { 0 };
	double passed, dropped;

	snapshot_add_up(&now->totals, &is);
	if (before)
		snapshot_add_up(&before->totals, &was);
	passed = top_rate(is.in[false].packets, was.in[false].packets, seconds);
	dropped = top_rate(is.in[true].packets, was.in[true].packets, seconds);
	top_put(out, TOP_PLAIN,
		"packets/s   in %.0f   passed %.0f   dropped %.0f (%.0f %%)   would drop %.0f",
		passed + dropped, passed, dropped,
		passed + dropped > 0 ? 100 * dropped / (passed + dropped) : 0,
		top_rate(is.shadowed, was.shadowed, seconds));
	top_put(out, TOP_PLAIN, "Mbit/s      in %.2f   passed %.2f   dropped %.2f   out %.2f",
		8e-6 * (top_rate(is.in[false].bytes, was.in[false].bytes, seconds) +
			top_rate(is.in[true].bytes, was.in[true].bytes, seconds)),
		8e-6 * top_rate(is.in[false].bytes, was.in[false].bytes, seconds),
		8e-6 * top_rate(is.in[true].bytes, was.in[true].bytes, seconds),
		8e-6 * top_rate(is.out.bytes, was.out.bytes, seconds));
	top_put(out, TOP_PLAIN, "in all      passed %llu   dropped %llu   would drop %llu",
		is.in[false].packets, is.in[true].packets, is.shadowed);
}

static void put_sources(const struct snapshot *s, struct top_page *out)
{
	top_put(out, TOP_PLAIN,
		"sources     %llu banned   %llu suspects   %llu trusted   %llu proven   (tables "
		"%.0f %%, %.0f %%, %.0f %% full)",
		s->census.bans, s->census.suspects, s->census.standing[STANDING_TRUSTED],
		s->census.standing[STANDING_PROVEN],
		100.0 * (double)s->entries[TABLE_BANS] / BANS_MAX,
		100.0 * (double)s->entries[TABLE_SUSPECTS] / SUSPECTS_MAX,
		100.0 * (double)s->entries[TABLE_STANDING] / STANDING_ENTRIES);
}

static void put_server(const struct snapshot *now, const struct snapshot *before,
		       struct top_page *out)
{
	static const struct health none;
	const struct health *is = &now->health, *was = before ? &before->health : &none;
	double seconds = top_seconds(now, before);
	__u64 answered = snapshot_answered(is) - snapshot_answered(was);
	double wait = answered ? (double)(is->wait_ns - was->wait_ns) / (double)answered / 1e6 : 0;

	top_put(out, TOP_PLAIN,
		"server      asked %.1f/s   answered %.1f/s after %.0f ms   overload answers %.1f/s",
		top_rate(snapshot_asked(is), snapshot_asked(was), seconds),
		top_rate(snapshot_answered(is), snapshot_answered(was), seconds), wait,
		top_rate(is->overload, was->overload, seconds));
}

static void put_cost(const struct snapshot *now, const struct snapshot *before,
		     struct top_page *out)
{
	__u64 packets = now->cost.packets - (before ? before->cost.packets : 0);
	__u64 ns = now->cost.ns - (before ? before->cost.ns : 0);

	if (packets)
		top_put(out, TOP_PLAIN, "cost        %llu ns a packet, of %llu that were timed",
			ns / packets, packets);
	else
		top_put(out, TOP_PLAIN, "cost        no packet was timed in this time");
}

static void put_lanes(const struct top *top, const struct snapshot *s, struct top_page *out)
{
	for (enum lane lane = 0; lane < LANE_MAX; lane++) {
		double fill = snapshot_lane_fill(s, lane);
		double rate = snapshot_lane_rate(s, lane), full = snapshot_lane_full(s, lane);
		char bar[BAR_LEN * 4] = "";

		if (full <= 0)
			continue;
		for (int i = 0; i < BAR_LEN; i++)
			strcat(bar, i >= (int)(fill * BAR_LEN + 0.5) ? "."
				    : top->ascii		     ? "#"
								     : "\u2588");
		top_put(out,
			rate < full   ? TOP_BAD
			: fill >= 0.9 ? TOP_WARN
				      : TOP_PLAIN,
			"lane %-10s [%s] %3.0f %%   %.0f/s%s", lane_name(lane), bar, fill * 100,
			rate, rate < full ? ", narrowed after the server" : "");
	}
}

static void put_head(const struct top *top, const struct snapshot *now, struct top_page *out)
{
	static const char *const views[] = { "overview", "reasons", "bans",
					     "suspects", "sources", "numbers" };
	static const char *const verdicts[] = { "all", "drop", "shadow", "pass" };
	char tabs[128] = "";

	put_state(now, out);
	put_notices(now, out);
	for (unsigned int i = 0; i < TOP_VIEWS; i++) {
		size_t len = strlen(tabs);

		snprintf(tabs + len, sizeof(tabs) - len, i == top->view ? " [%u %s]" : "  %u %s ",
			 i + 1, views[i]);
	}
	top_put(out, TOP_DIM, "%s%s  verdict: %s", top->paused ? "PAUSED  " : "", tabs,
		verdicts[top->verdict]);
}

void top_render(const struct top *top, const struct snapshot *now, const struct snapshot *before,
		struct top_page *out)
{
	if (before && before->started_ns != now->started_ns)
		before = NULL;
	out->lines = 0;
	put_head(top, now, out);
	if (top->view == TOP_OVERVIEW) {
		put_traffic(now, before, out);
		put_sources(now, out);
		put_server(now, before, out);
		put_cost(now, before, out);
		put_lanes(top, now, out);
	}
	top_list(top, now, before, out);
}
