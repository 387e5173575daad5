// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/freeze.h"

#include <string.h>

#define SECOND_NS 1000000000ULL

bool freeze_active(const struct freeze *freeze, __u64 now_ns)
{
	return now_ns < freeze->until_ns;
}

static void tell(enum step from, enum step to, enum rule rule, struct evidence evidence,
		 __u64 now_ns, struct transition *out)
{
	struct transition t = {
		.time_ns = now_ns,
		.prefix = 128,
		.from = from,
		.to = to,
		.rule = rule,
		.ttl_seconds = to == STEP_FROZEN ? FREEZE_NS / SECOND_NS : 0,
		.evidence = evidence,
	};

	transition_say(&t);
	*out = t;
}

static bool begin(struct freeze *freeze, enum rule rule, struct evidence evidence, __u64 now_ns,
		  struct transition *out)
{
	freeze->until_ns = now_ns + FREEZE_NS;
	if (freeze->told)
		return false;
	freeze->told = true;
	tell(STEP_NONE, STEP_FROZEN, rule, evidence, now_ns, out);
	return true;
}

/* Forgets the seconds that left the window. */
static void advance(struct freeze *freeze, __u64 second)
{
	if (second - freeze->second >= FREEZE_WINDOW)
		memset(freeze->bans, 0, sizeof(freeze->bans));
	else
		while (freeze->second < second)
			freeze->bans[++freeze->second % FREEZE_WINDOW] = 0;
	freeze->second = second;
}

bool freeze_banned(struct freeze *freeze, __u64 now_ns, struct transition *out)
{
	struct evidence evidence = { .limit = FREEZE_BANS };

	advance(freeze, now_ns / SECOND_NS);
	freeze->bans[freeze->second % FREEZE_WINDOW]++;
	for (unsigned int i = 0; i < FREEZE_WINDOW; i++)
		evidence.count += freeze->bans[i];
	return evidence.count > FREEZE_BANS &&
	       begin(freeze, RULE_TOO_MANY_BANS, evidence, now_ns, out);
}

bool freeze_peers(struct freeze *freeze, size_t known, size_t limited, __u64 now_ns,
		  struct transition *out)
{
	struct evidence evidence = {
		.count = (__u32)limited,
		.limit = (__u32)(known / FREEZE_LIMITED_SHARE),
		.answered = (__u32)known,
	};

	return limited >= FREEZE_LIMITED && limited * FREEZE_LIMITED_SHARE > known &&
	       begin(freeze, RULE_TOO_MANY_LIMITED, evidence, now_ns, out);
}

bool freeze_over(struct freeze *freeze, __u64 now_ns, struct transition *out)
{
	struct evidence none = { 0 };

	if (!freeze->told || freeze_active(freeze, now_ns))
		return false;
	freeze->told = false;
	tell(STEP_FROZEN, STEP_NONE, RULE_OVER, none, now_ns, out);
	return true;
}
