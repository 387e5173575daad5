/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent makes of the server behind: the strangers' lanes follow how it does, and a setting
 * of it that takes the proof out of its nonces is told.
 */
#ifndef SIPSHIELD_AGENT_SERVER_H
#define SIPSHIELD_AGENT_SERVER_H

#include "user/health.h"
#include "user/nonce_alarm.h"
#include "user/store.h"

/* health by health_init, the rest 0. */
struct agent_server {
	struct health_state health;
	struct nonce_alarm nonce_alarm;
};

/* Once a second. What goes wrong is said. */
void agent_server_round(struct agent_server *server, struct store *store);

#endif
