// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/nonce_alarm.h"

#define HOUR_NS (3600 * 1000000000ULL)
/* Fewer may be those of one peer that changed its address, or a hash that met another by chance. */
#define SHARED_MIN 3

static void restart(struct nonce_alarm *alarm, const struct health *health, __u64 now_ns)
{
	alarm->since_ns = now_ns;
	alarm->nonces = health->nonces;
	alarm->shared = health->shared;
}

bool nonce_alarm(struct nonce_alarm *alarm, const struct health *health, __u64 now_ns,
		 __u64 *shared, __u64 *nonces)
{
	__u64 news;

	/* An agent that begins says nothing of what was before it; neither of maps made anew. */
	if (!alarm->since_ns || health->shared < alarm->shared) {
		restart(alarm, health, now_ns);
		return false;
	}
	news = health->shared - alarm->shared;
	if (alarm->said_ns && now_ns - alarm->said_ns < HOUR_NS)
		return false;
	if (news < SHARED_MIN) {
		if (now_ns - alarm->since_ns >= HOUR_NS)
			restart(alarm, health, now_ns);
		return false;
	}
	*shared = news;
	*nonces = health->nonces - alarm->nonces;
	restart(alarm, health, now_ns);
	alarm->said_ns = now_ns;
	return true;
}
