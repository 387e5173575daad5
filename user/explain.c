// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bpf/earned.h"
#include "bpf/narrow.h"
#include "bpf/rate.h"
#include "bpf/rule.h"
#include "user/addr.h"
#include "user/duration.h"
#include "user/lanes.h"
#include "user/names.h"

#define NS_PER_SECOND 1000000000ULL
#define NEVER ~0ULL

/* What is being said, and of what. */
struct saying {
	const struct explain_facts *facts;
	struct explain *out;
	char who[ADDR_TEXT_LEN];
};

/* A time from or to now, as text; each call of a sentence needs a buffer of its own. */
static const char *span(const struct saying *s, __u64 time_ns, char out[DURATION_TEXT_LEN])
{
	__u64 now_ns = s->facts->now_ns;
	__u64 ns = time_ns > now_ns ? time_ns - now_ns : now_ns - time_ns;

	return duration_format((ns + NS_PER_SECOND / 2) / NS_PER_SECOND, out);
}

__attribute__((format(printf, 3, 4))) static void say(struct saying *s, const char *stage,
						      const char *format, ...)
{
	struct explain *out = s->out;
	va_list args;

	if (out->lines == EXPLAIN_LINES)
		return;
	out->line[out->lines].stage = stage;
	out->line[out->lines].change[0] = 0;
	va_start(args, format);
	vsnprintf(out->line[out->lines].sentence, EXPLAIN_TEXT_LEN, format, args);
	va_end(args);
	out->lines++;
}

/* What would change that which was said last. */
__attribute__((format(printf, 2, 3))) static void change(struct saying *s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(s->out->line[s->out->lines - 1].change, EXPLAIN_CHANGE_LEN, format, args);
	va_end(args);
}

/* The stage of what was said last decides, unless one before it does. */
__attribute__((format(printf, 3, 4))) static void decide(struct saying *s, enum reason reason,
							 const char *format, ...)
{
	bool trial = reason_drops(reason) &&
		     rule_action(s->facts->policy, reason) != ACTION_ENFORCE;
	va_list args;
	int len;

	if (s->out->decides || trial)
		return;
	s->out->decides = s->out->line[s->out->lines - 1].stage;
	s->out->reason = reason;
	len = snprintf(s->out->verdict, EXPLAIN_TEXT_LEN, "%s ", s->who);
	va_start(args, format);
	vsnprintf(s->out->verdict + len, EXPLAIN_TEXT_LEN - (size_t)len, format, args);
	va_end(args);
}

/* " (in shadow: counted, not dropped)" where a rule does not drop. */
static const char *trial(const struct saying *s, enum reason reason)
{
	switch (rule_action(s->facts->policy, reason)) {
	case ACTION_ENFORCE:
		return "";
	case ACTION_OFF:
		return " (but the policy switches this rule off)";
	default:
		return " (but this rule is in shadow: counted, not dropped)";
	}
}

static bool is_protected(const struct explain_facts *facts)
{
	return facts->source.has_rule && facts->source.rule.kind != PREFIX_DENY;
}

static void say_shield(struct saying *s)
{
	const struct explain_facts *facts = s->facts;

	if (!facts->attached) {
		say(s, "shield", "no program is attached to the interface");
		change(s, "`sipshield run DEV' protects it");
		decide(s, REASON_OFF, "is not judged: nothing is dropped on this interface");
	} else if (facts->policy->mode == ACTION_OFF) {
		say(s, "shield", "the policy has `mode: off'");
		change(s, "`mode: enforce' in the policy");
		decide(s, REASON_OFF, "is not judged: the policy switches the shield off");
	} else if (facts->policy->mode != ACTION_ENFORCE) {
		say(s, "shield",
		    "the policy has `mode: shadow': all passes, and what would be dropped is counted");
		change(s, "`mode: enforce' in the policy");
		decide(s, REASON_OFF, "loses nothing: the policy has `mode: shadow'");
	}
	if (!facts->agent) {
		say(s, "agent",
		    "does not run: what is in force stays, but nobody is banned and no standing is saved");
		change(s, "`sipshield run DEV' starts it");
	}
}

static void say_frozen(struct saying *s)
{
	char left[DURATION_TEXT_LEN];

	if (s->facts->frozen_until_ns <= s->facts->now_ns)
		return;
	say(s, "agent", "makes no new bans: so many were due that something else must be wrong");
	change(s, "ends in %s unless it goes on", span(s, s->facts->frozen_until_ns, left));
}

static const char *carrier_name(const struct explain_facts *facts)
{
	return facts->policy->carrier_name[facts->source.rule.carrier % CARRIERS_MAX];
}

static void say_rule(struct saying *s)
{
	const struct source *source = &s->facts->source;

	if (!source->has_rule) {
		say(s, "policy", "says nothing of it");
		return;
	}
	switch (source->rule.kind) {
	case PREFIX_DENY:
		say(s, "policy", "denies it%s", trial(s, REASON_DENY));
		change(s, "take it out of `deny' in the policy, or `sipshield allow add %s'",
		       s->who);
		decide(s, REASON_DENY,
		       "is denied: all of its packets to protected ports are dropped");
		break;
	case PREFIX_ALLOW:
		say(s, "policy", "%s: exempt from every limit",
		    s->facts->rule_added ? "allowed by hand, until the next policy is applied"
					 : "allows it");
		if (s->facts->rule_added)
			change(s, "`sipshield allow del %s'", s->who);
		decide(s, REASON_ALLOW, "is allowed: all of its packets pass");
		break;
	case PREFIX_CARRIER:
		say(s, "policy", "it is the carrier %s: a budget of its own, never banned",
		    carrier_name(s->facts));
		break;
	default:
		say(s, "policy",
		    "never banned and never denied: an address of this host, a gateway or a resolver");
	}
}

static void say_ban(struct saying *s)
{
	const struct source *source = &s->facts->source;
	const struct ban *ban = &source->ban;
	char left[DURATION_TEXT_LEN];

	if (ban->grace_until_ns > s->facts->now_ns)
		say(s, "ban", "lifted by hand; the agent makes no new one for another %s",
		    span(s, ban->grace_until_ns, left));
	if (!source->has_ban)
		return;
	if (ban->expires_ns == NEVER)
		say(s, "ban", "banned by hand until it is deleted: %s%s", ban->note,
		    trial(s, REASON_BANNED));
	else
		say(s, "ban", "banned %s for another %s: %s%s",
		    ban->level ? "by the agent" : "by hand", span(s, ban->expires_ns, left),
		    ban->note, trial(s, REASON_BANNED));
	if (is_protected(s->facts)) {
		strcat(s->out->line[s->out->lines - 1].sentence, "; the policy's word goes before");
		return;
	}
	if (ban->expires_ns == NEVER)
		change(s, "`sipshield ban del %s'", s->who);
	else
		change(s, "ends in %s, or by `sipshield ban del %s'", left, s->who);
	decide(s, REASON_BANNED, "is banned: all of its packets to protected ports are dropped");
}

static void say_hold(struct saying *s)
{
	const struct source *source = &s->facts->source;
	char left[DURATION_TEXT_LEN];

	if (!source->has_standing || source->standing.held_until_ns <= s->facts->now_ns)
		return;
	if (source->state == STANDING_TRUSTED || is_protected(s->facts))
		return;
	say(s, "hold", "its credentials were rejected so often that it waits for the agent%s",
	    trial(s, REASON_HELD));
	change(s, "ends in %s, unless the agent bans it",
	       span(s, source->standing.held_until_ns, left));
	decide(s, REASON_HELD, "is held: its packets are dropped until the agent has judged");
}

static void say_hops(struct saying *s)
{
	const struct standing *st = &s->facts->source.standing;
	char left[DURATION_TEXT_LEN], hops[32] = "";

	if (!s->facts->source.has_standing || !st->hop[0])
		return;
	for (int i = 0; i < HOPS_MAX && st->hop[i]; i++)
		snprintf(hops + strlen(hops), sizeof(hops) - strlen(hops), "%s%u", i ? ", " : "",
			 st->hop[i]);
	if (st->attacked_until_ns > s->facts->now_ns) {
		say(s, "hop-limit",
		    "somebody sends in its name: what comes with another hop limit than %s is taken for "
		    "a stranger's",
		    hops);
		change(s, "ends in %s if it stays within its budgets",
		       span(s, st->attacked_until_ns, left));
	} else {
		say(s, "hop-limit",
		    "%s in what it proved itself by; not compared, as nobody sends in its name",
		    hops);
	}
}

static void say_proofs(struct saying *s)
{
	const struct standing *st = &s->facts->source.standing;
	char last[DURATION_TEXT_LEN], left[DURATION_TEXT_LEN];

	if (st->proven_ns) {
		say(s, "proven", "%u times that it can be reached, by %s the last time, %s ago",
		    st->proofs, why_name(st->why), span(s, st->proven_ns, last));
		change(s, "it is forgotten in %s unless it proves itself again",
		       span(s, st->expires_ns, left));
	}
	if (!st->trusted_ns)
		return;
	if (st->trusted_until_ns > s->facts->now_ns) {
		say(s, "trusted", "its credentials were accepted (%s), the last time %s ago",
		    why_name(st->trusted_why), span(s, st->trusted_ns, last));
		change(s, "ends in %s unless it registers again",
		       span(s, st->trusted_until_ns, left));
	} else {
		say(s, "trusted", "not any more: its credentials were accepted %s ago (%s)",
		    span(s, st->trusted_ns, last), why_name(st->trusted_why));
	}
}

static void say_standing(struct saying *s)
{
	const struct source *source = &s->facts->source;

	if (source_standing(source) >= STANDING_CARRIER)
		return;
	switch (source->state) {
	case STANDING_TRUSTED:
		say(s, "standing", "trusted: %u registered flows behind the address, debt %u",
		    standing_flows(&source->standing), source->standing.debt);
		break;
	case STANDING_PROVEN:
		say(s, "standing", "proven: it can be reached at its address; debt %u",
		    source->standing.debt);
		change(s, "a registration that the server accepts makes it trusted");
		break;
	default:
		say(s, "standing", "unknown: a stranger that has proven nothing so far");
		change(s,
		       "a registration or a call that the server accepts, or `sipshield allow add %s'",
		       s->who);
	}
	if (source->has_standing)
		say_proofs(s);
}

/* As standing_earned() in bpf/standing.h has it. */
unsigned int explain_share(const struct explain_facts *facts, bool known)
{
	const struct source *source = &facts->source;
	unsigned int share;

	if (!source->has_standing || source_standing(source) > STANDING_TRUSTED)
		return 1;
	if (source->tight)
		return 1;
	share = standing_share(&source->standing, facts->policy->earned_max);
	return known && source->state == STANDING_TRUSTED ? share : 1 + share / 4;
}

enum standing_state explain_row(const struct explain_facts *facts, bool known)
{
	const struct source *source = &facts->source;
	enum standing_state state = source_standing(source);

	if (state == STANDING_TRUSTED && !known)
		state = STANDING_PROVEN;
	if (state != STANDING_PROVEN && state != STANDING_TRUSTED)
		return state;
	return source->tight ? STANDING_UNKNOWN : standing_row(&source->standing, state);
}

struct rate_limit explain_budget(const struct explain_facts *facts, bool known,
				 enum rate_class class)
{
	const struct source *source = &facts->source;
	const struct carrier_limit *carrier;
	struct rate_limit limit;

	if (source_standing(source) == STANDING_CARRIER) {
		carrier = &facts->policy->carrier[source->rule.carrier % CARRIERS_MAX];
		return class == CLASS_INVITE ? carrier->invite : carrier->other;
	}
	limit = facts->policy->limit[explain_row(facts, known)][class];
	limit.interval_ns /= explain_share(facts, known);
	return limit;
}

struct rate_limit explain_lane(const struct explain_facts *facts, enum lane lane)
{
	return lane_in_force(&facts->lane[lane], facts->policy, lane, facts->now_ns);
}

bool explain_lane_full(const struct explain_facts *facts, enum lane lane)
{
	struct rate_limit limit = explain_lane(facts, lane);

	return rate_over(facts->lane[lane].arrival_ns, facts->now_ns, &limit);
}

static void say_stranger(struct saying *s)
{
	if (s->facts->price > 1)
		say(s, "budget",
		    "that of a stranger, limits.unknown, where each request counts %u times: it was "
		    "answered in vain over days",
		    s->facts->price);
	else
		say(s, "budget", "that of a stranger, limits.unknown");
	if (s->facts->narrow) {
		say(s, "prefix", "the strangers of its network share %u times such a budget",
		    NARROW_SHARE);
		change(s, "ends when none of the network was limited or banned for an hour");
	}
}

/* Why a budget is smaller or greater than the row of the policy says. */
static void say_budget(struct saying *s)
{
	const struct explain_facts *facts = s->facts;
	enum standing_state state = source_standing(&facts->source);
	enum standing_state row = explain_row(facts, true);
	char left[DURATION_TEXT_LEN];

	if (state == STANDING_UNKNOWN)
		say_stranger(s);
	else if (state == STANDING_CARRIER)
		say(s, "budget", "by the carrier's cps, for all of its addresses together");
	else if (facts->source.tight)
		say(s, "budget",
		    "that of a stranger, though outside of the strangers' lane: the agent made it "
		    "tight for another %s",
		    span(s, facts->source.ban.tight_until_ns, left));
	else if (row == STANDING_UNKNOWN)
		say(s, "budget",
		    "that of a stranger, though outside of the strangers' lane: too many of its "
		    "credentials were rejected");
	else if (state == STANDING_TRUSTED)
		say(s, "budget",
		    "limits.trusted %u times for its registered flows, limits.proven %u times for other "
		    "ports",
		    explain_share(facts, true), explain_share(facts, false));
	else
		say(s, "budget", "limits.proven %u times", explain_share(facts, false));
	if (facts->source.tight)
		change(s, "the agent takes it back after a quiet day; or `sipshield allow add %s'",
		       s->who);
	else if (row == STANDING_UNKNOWN && state != STANDING_UNKNOWN)
		change(s, "accepted credentials, each of which takes off four of its debt");
}

static void decide_known(struct saying *s)
{
	switch (source_standing(&s->facts->source)) {
	case STANDING_CARRIER:
		decide(s, REASON_CARRIER, "is the carrier %s: its packets pass within its budget",
		       carrier_name(s->facts));
		break;
	case STANDING_TRUSTED:
		decide(s, REASON_KNOWN,
		       "is trusted: its registered flows pass within their budget, and what comes from "
		       "other ports is inspected");
		break;
	default:
		decide(s, REASON_REQUEST,
		       "is proven to be reachable: its requests are inspected and pass within its own "
		       "budget, whatever strangers do");
	}
}

/* The strangers' lane, and the way around it. */
static void say_lane(struct saying *s)
{
	bool full = explain_lane_full(s->facts, LANE_REQUEST);
	bool back = explain_lane_full(s->facts, LANE_RETURN);
	bool set = s->facts->lane[LANE_REQUEST].set_until_ns > s->facts->now_ns;
	struct rate_limit limit = explain_lane(s->facts, LANE_REQUEST);

	if (limit.interval_ns)
		say(s, "lane", "all strangers share %g new requests a second%s; the lane is %s now",
		    (double)NS_PER_SECOND / (double)limit.interval_ns,
		    set ? " (set by the agent after the server's health)" : "",
		    full ? "full" : "not full");
	else
		say(s, "lane", "strangers together have no limit");
	if (!full) {
		decide(s, REASON_REQUEST,
		       "is a stranger: its requests are inspected and pass within its budget and the "
		       "strangers' lane");
		return;
	}
	say(s, "greylist",
	    "first tries are dropped, what is sent again after half a second goes first%s%s",
	    back ? "; that lane is full, too" : "", trial(s, REASON_GREYLIST));
	if (rule_action(s->facts->policy, REASON_GREYLIST) == ACTION_ENFORCE)
		decide(s, REASON_GREYLIST,
		       "is a stranger while the strangers' lane is full: its first tries are dropped, "
		       "its second ones pass");
	else
		decide(s, REASON_STRANGERS_LANE,
		       "is a stranger while the strangers' lane is full: most of its requests are dropped");
}

static void say_trouble(struct saying *s)
{
	const struct suspect *suspect = &s->facts->source.suspect;
	char last[DURATION_TEXT_LEN];

	if (!s->facts->source.has_suspect)
		return;
	say(s, "suspect",
	    "over a limit %llu times, hit by checks or signatures %u times (suspicion %u), the last "
	    "time %s ago by %s (%s)",
	    (unsigned long long)suspect->exceeded, suspect->structural, suspect->suspicion,
	    span(s, suspect->last_ns, last), reason_name(suspect->reason),
	    method_name(suspect->method));
}

void explain_source(const struct explain_facts *facts, struct explain *out)
{
	struct saying s = { .facts = facts, .out = out };
	enum standing_state state = source_standing(&facts->source);

	memset(out, 0, sizeof(*out));
	addr_format(&facts->source.key, s.who);
	say_shield(&s);
	say_frozen(&s);
	say_rule(&s);
	say_ban(&s);
	say_hops(&s);
	say_hold(&s);
	say_standing(&s);
	if (state == STANDING_ALLOWED)
		return;
	say_budget(&s);
	if (state == STANDING_UNKNOWN)
		say_lane(&s);
	else
		decide_known(&s);
	say_trouble(&s);
	if (!out->decides) /* all that would decide is on trial */
		decide(&s, REASON_REQUEST, "passes: the rules that would drop it are not enforced");
}
