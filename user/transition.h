/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A decision of the agent: who takes which step of the ladder, by which rule, on what evidence.
 * Pure. The log, the journal, `explain` and a replay tell the same record.
 */
#ifndef SIPSHIELD_TRANSITION_H
#define SIPSHIELD_TRANSITION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"
#include "user/addr.h"

/* The ladder of a source, ascending; the last two are of a prefix and of the shield as a whole. */
enum step {
	STEP_NONE,
	STEP_WATCH, /* remembered: nothing else changes */
	STEP_TIGHT, /* its limits are those of strangers */
	STEP_BAN_1,
	STEP_BAN_2,
	STEP_BAN_3,
	STEP_BAN_4,
	STEP_BAN_5,
	STEP_NARROW, /* the strangers of a prefix share one budget */
	STEP_FROZEN, /* no new bans */
	STEP_MAX,
};
#define STEP_TOP STEP_BAN_5

enum rule {
	RULE_NONE,
#define EVIDENCE(id, name, limit, proven, trusted, outcome, what) RULE_##id,
#define TURN(id, name, what) RULE_##id,
#include "user/rules.def"
#undef EVIDENCE
#undef TURN
	RULE_MAX,
	RULE_EVIDENCE_END = RULE_CLEARED,
};

/* Why a source that earned a ban by the evidence has none. */
enum bound {
	BOUND_NONE,
	BOUND_RULE,	 /* the rule bans nobody */
	BOUND_TRUSTED,	 /* others can send in its name */
	BOUND_PROTECTED, /* by the policy or the never-ban set */
	BOUND_GRACE,	 /* its ban was lifted by hand a while ago */
	BOUND_FROZEN,	 /* so many are banned or limited that something else must be wrong */
	BOUND_MAX,
};

/* A rule of evidence; of a turn only the first two say anything. */
struct rule_info {
	const char *name;
	const char *what; /* "users asked for in vain", behind a count */
	__u32 limit;
	enum step proven;  /* no more than this for a source that is proven reachable, */
	enum step trusted; /* and this for one that is trusted */
	bool outcome;	   /* holds only while less than a fifth was granted */
};

/* What a decision rests on. */
struct evidence {
	__u32 count;
	__u32 limit;	/* at which there is a ban; 0: the rule is a turn */
	__u32 accepted; /* of a rule with `outcome`: what was granted, */
	__u32 answered; /* of all that got a final answer */
	__u32 requests; /* of RULE_HITS and RULE_SUSPICION: what weighs `count` together; */
	__u32 reason;	/* of the latter the last check or signature, enum reason */
};

struct transition {
	__u64 id;	   /* from 1, in the order of the decisions */
	__u64 time_ns;	   /* in the clock of the maps */
	__u64 ttl_seconds; /* of a ban */
	struct addr key;   /* a source's, the first address of a prefix, or all 0 for the shield */
	__u8 prefix;	   /* bits of key, IPv4 mapped: 128 of a source */
	__u8 from;	   /* enum step */
	__u8 to;
	__u8 rule;  /* enum rule */
	__u8 bound; /* enum bound */
	__u8 pad[3];
	int error; /* of a step that could not be taken: negative errno; else 0 */
	struct evidence evidence;
	char sentence[BAN_NOTE_LEN]; /* the evidence, for people */
};

/* Constant strings; "invalid" for what is none of the enum. */
const char *step_name(unsigned int step);	/* "none", "watch", "tight", "ban-1" ... */
const char *rule_name(unsigned int rule);	/* "users" */
const char *bound_sentence(unsigned int bound); /* "it is trusted"; "" for BOUND_NONE */

/* rule below RULE_MAX; RULE_NONE has empty strings. */
const struct rule_info *rule_info(enum rule rule);

/* How long a ban of this step lasts; 0 for what is no ban. */
__u64 step_seconds(enum step step);
static inline bool step_is_ban(unsigned int step)
{
	return step >= STEP_BAN_1 && step <= STEP_TOP;
}

/* Fills t->sentence from its rule and its evidence. */
void transition_say(struct transition *t);

/* "198.51.100.7", "198.51.100.0/24" or "shield". */
const char *transition_subject(const struct transition *t, char out[PREFIX_TEXT_LEN]);

/* One line without an end: "198.51.100.7: watch -> ban-1 for 1m: 10 users ... (users)". */
#define TRANSITION_TEXT_LEN 256
const char *transition_text(const struct transition *t, char out[TRANSITION_TEXT_LEN]);

/* A new object; t is what time_ns is for the reader, in seconds. NULL: no memory. */
json_t *transition_json(const struct transition *transition, double t);

#endif
