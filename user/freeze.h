/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The brake: if so many sources are banned or limited at once, it is the shield or the server that
 * errs, or somebody forges the addresses of many. Then no new bans are made for a minute, and the
 * limits that all share must do. Pure.
 */
#ifndef SIPSHIELD_FREEZE_H
#define SIPSHIELD_FREEZE_H

#include "user/transition.h"

#define FREEZE_NS (60 * 1000000000ULL)
#define FREEZE_WINDOW 10	/* seconds */
#define FREEZE_BANS 20		/* more of them in the window freeze */
#define FREEZE_LIMITED 20	/* so many known peers at once, and */
#define FREEZE_LIMITED_SHARE 20 /* more than one in so many, freeze: 5 % */

/* All 0 at first. */
struct freeze {
	__u64 until_ns;
	__u64 second; /* of the last entry */
	__u32 bans[FREEZE_WINDOW];
	bool told; /* that it is frozen */
};

bool freeze_active(const struct freeze *freeze, __u64 now_ns);

/* true: *out says that it freezes; id is the caller's. It may last longer without a word. */
bool freeze_banned(struct freeze *freeze, __u64 now_ns, struct transition *out);
/* limited: sources of good standing that are over their limits or held, of all of these. */
bool freeze_peers(struct freeze *freeze, size_t known, size_t limited, __u64 now_ns,
		  struct transition *out);
/* true: *out says that it is over. */
bool freeze_over(struct freeze *freeze, __u64 now_ns, struct transition *out);

#endif
