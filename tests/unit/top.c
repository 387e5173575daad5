// SPDX-License-Identifier: GPL-2.0-or-later
/* What top shows of two readings, and its keys. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/top.h"

#define SECOND 1000000000ULL

static struct snapshot *now, *before;
static struct top_page *page;
static struct top top;

static void begin(void)
{
	now = calloc(1, sizeof(*now));
	before = calloc(1, sizeof(*before));
	page = calloc(1, sizeof(*page));
	cr_assert(now && before && page);
	top = (struct top){ .ascii = true };
	now->interface = before->interface = "eth0";
	before->now_ns = 100 * SECOND;
	now->now_ns = 102 * SECOND;
	now->attached = true;
	now->policy.mode = ACTION_ENFORCE;
	now->agent = true;
}

static void end(void)
{
	free(now);
	free(before);
	free(page);
}

TestSuite(top, .init = begin, .fini = end);

static void count(struct snapshot *s, enum reason reason, __u64 packets)
{
	s->totals.by[reason][SIP_METHOD_INVITE][STANDING_UNKNOWN] =
		(struct counter){ packets, 500 * packets };
}

/* The number of the line that holds a text, or -1. */
static int find(const char *text)
{
	for (size_t i = 0; i < page->lines; i++) {
		if (strstr(page->line[i].text, text))
			return (int)i;
	}
	return -1;
}

#define shows(text) cr_expect_neq(find(text), -1, "no `%s'", text)
#define hides(text) cr_expect_eq(find(text), -1, "`%s'", text)

Test(top, rates_are_of_two_readings)
{
	count(before, REASON_BANNED, 1000);
	count(now, REASON_BANNED, 1600);
	count(before, REASON_REQUEST, 50);
	count(now, REASON_REQUEST, 150);
	top_render(&top, now, before, page);
	shows("in 350   passed 50   dropped 300 (86 %)");
	shows("Mbit/s      in 1.40   passed 0.20   dropped 1.20");
	shows("passed 150   dropped 1600");
	cr_expect_lt(find(" banned "), find(" request "));
	top_render(&top, now, NULL, page);
	shows("in 0   passed 0");
}

/* The maps were made anew: a difference would be nonsense. */
Test(top, counters_that_began_anew)
{
	count(before, REASON_BANNED, 1000);
	count(now, REASON_BANNED, 1600);
	now->started_ns = 101 * SECOND;
	top_render(&top, now, before, page);
	shows("in 0   passed 0");
}

Test(top, states_are_said_first)
{
	top_render(&top, now, before, page);
	cr_expect_eq(page->line[0].paint, TOP_GOOD);
	cr_expect(strstr(page->line[0].text, "eth0: protected"));
	now->blind = true;
	top_render(&top, now, before, page);
	cr_expect_eq(page->line[0].paint, TOP_BAD);
	cr_expect(strstr(page->line[0].text, "BLIND"));
	now->bypass_until_ns = now->now_ns + 7 * SECOND;
	now->confirm_by_ns = now->now_ns + 9 * SECOND;
	now->frozen = true;
	now->agent = false;
	top_render(&top, now, before, page);
	cr_expect(strstr(page->line[0].text, "BYPASSED"));
	shows("everything passes for 7 s more");
	shows("it ends in 9 s");
	shows("frozen");
	shows("no agent");
	now->taken_back = 4;
	now->reload_ns = now->now_ns;
	top_render(&top, now, before, page);
	shows("policy 4 was taken back");
	shows("was not applied when it was read last");
	now->attached = false;
	top_render(&top, now, before, page);
	cr_expect(strstr(page->line[0].text, "NOT PROTECTED"));
}

Test(top, lanes)
{
	now->policy.lane[LANE_REQUEST] =
		(struct rate_limit){ .interval_ns = 10000000, .tolerance_ns = 990000000 };
	now->lane[LANE_REQUEST].arrival_ns = now->now_ns + 500000000;
	top_render(&top, now, before, page);
	shows("lane request    [##########..........]  50 %   100/s");
	hides("lane response"); /* has no limit */
	now->lane[LANE_REQUEST].set = (struct rate_limit){ .interval_ns = 20000000 };
	now->lane[LANE_REQUEST].set_until_ns = now->now_ns + 1;
	top_render(&top, now, before, page);
	shows("50/s, narrowed after the server");
	top.ascii = false;
	top_render(&top, now, before, page);
	shows("\u2588");
}

Test(top, verdicts_of_reasons)
{
	count(now, REASON_BANNED, 10);
	count(now, REASON_REQUEST, 10);
	now->totals.shadow[REASON_DENY].packets = 5;
	top_key(&top, '2');
	top_render(&top, now, before, page);
	shows(" banned ");
	shows(" request ");
	shows(" deny ");
	top_key(&top, 'v'); /* drop */
	top_render(&top, now, before, page);
	shows(" banned ");
	hides(" request ");
	hides(" deny ");
	top_key(&top, 'v'); /* shadow */
	top_render(&top, now, before, page);
	hides(" banned ");
	shows(" deny ");
	top_key(&top, 'v'); /* pass */
	top_render(&top, now, before, page);
	shows(" request ");
	hides(" banned ");
}

static void ban(unsigned int i, const char *src, __u64 since_ns, __u64 expires_ns, const char *note)
{
	struct census_ban *entry = &now->census.ban[i];

	cr_assert_eq(addr_parse(src, &entry->src), 0);
	entry->ban = (struct ban){ .since_ns = since_ns, .expires_ns = expires_ns };
	strcpy(entry->ban.note, note);
	now->census.listed_bans = i + 1;
}

Test(top, bans_in_each_order)
{
	ban(0, "192.0.2.9", 100 * SECOND, 110 * SECOND, "new");
	ban(1, "192.0.2.5", 90 * SECOND, ~0ULL, "by \x1b[31m hand\xff");
	top_key(&top, '3');
	top_render(&top, now, before, page);
	cr_expect_lt(find("192.0.2.9"), find("192.0.2.5"));
	shows("for ever");
	shows("by ?[31m hand?"); /* nothing that a terminal obeys */
	top_key(&top, 's');
	top_render(&top, now, before, page);
	shows("(by time left)");
	cr_expect_lt(find("192.0.2.5"), find("192.0.2.9"));
	top_key(&top, 's');
	top_render(&top, now, before, page);
	cr_expect_lt(find("192.0.2.5"), find("192.0.2.9"));
	top_key(&top, 'j');
	top_render(&top, now, before, page);
	hides("192.0.2.5");
	shows("192.0.2.9");
	top_key(&top, 'k');
	top_render(&top, now, before, page);
	shows("192.0.2.5");
}

Test(top, every_view_of_nothing)
{
	for (int view = '1'; view < '1' + TOP_VIEWS; view++) {
		top_key(&top, view);
		top_render(&top, now, before, page);
		cr_expect_geq(page->lines, 4U);
	}
	shows("no number was called twice lately");
	top_key(&top, '\t');
	cr_expect_eq(top.view, TOP_OVERVIEW);
}

Test(top, keys)
{
	cr_expect(top_key(&top, 'x'));
	cr_expect(top_key(&top, 'p'));
	cr_expect(top.paused);
	cr_expect(top_key(&top, ' '));
	cr_expect_not(top.paused);
	cr_expect_not(top_key(&top, 'q'));
}

/* More rows than a page has: nothing is written behind its end. */
Test(top, a_full_page)
{
	for (unsigned int r = 0; r < REASON_MAX; r++)
		count(now, r, 1 + r);
	page->lines = 0;
	for (int i = 0; i < 2 * TOP_LINES_MAX; i++)
		top_put(page, TOP_PLAIN, "%d", i);
	cr_expect_eq(page->lines, (size_t)TOP_LINES_MAX);
	top_render(&top, now, before, page);
	cr_expect_leq(page->lines, (size_t)TOP_LINES_MAX);
	shows(" banned ");
}
