/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A server that sends the same nonce to several peers takes the proof out of it: whoever asked in
 * the same second could answer for another. Says so, once an hour at most. Pure.
 */
#ifndef SIPSHIELD_NONCE_ALARM_H
#define SIPSHIELD_NONCE_ALARM_H

#include <stdbool.h>

#include "maps/types.h"

/* All 0 at first. */
struct nonce_alarm {
	__u64 since_ns; /* of these counts; 0: none yet */
	__u64 nonces;
	__u64 shared;
	__u64 said_ns; /* 0: never */
};

/*
 * health: what the maps have counted so far. true: it is time to say that *shared of *nonces went
 * to several peers since the last time.
 */
bool nonce_alarm(struct nonce_alarm *alarm, const struct health *health, __u64 now_ns,
		 __u64 *shared, __u64 *nonces);

#endif
