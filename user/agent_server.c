// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent_server.h"

#include <string.h>

#include "user/cmd.h"
#include "user/lanes.h"
#include "user/log.h"

#define NS_PER_SECOND 1000000000ULL

/* The lanes are told of when they begin to be narrow and when they end, not each second. */
static void follow(struct agent_server *server, struct store *store)
{
	struct health_report report;
	char text[HEALTH_TEXT_LEN];
	int err = lanes_round(store, &server->health, cmd_now(), &report);

	if (err)
		log_say(MESSAGE_AGENT_TROUBLE, "cannot read how the server does: %s",
			strerror(-err));
	else if (report.change == HEALTH_NARROWED)
		log_say(MESSAGE_LANES_NARROWED,
			"the server does badly (%s): the lanes of strangers are narrowed until it "
			"is well",
			health_text(&report, text));
	else if (report.change == HEALTH_WIDE)
		log_say(MESSAGE_LANES_WIDE,
			"the server is well: strangers have their lanes back after %llu s, the "
			"least was %.0f %% of their rates",
			report.took_ns / NS_PER_SECOND, report.least * 100);
}

/* What a server's nonces prove is the operator's to set. */
static void check_nonces(struct agent_server *server, const struct store *store)
{
	__u64 shared, nonces;
	struct health health;

	if (store_health(store, &health) ||
	    !nonce_alarm(&server->nonce_alarm, &health, cmd_now(), &shared, &nonces))
		return;
	log_say(MESSAGE_NONCES_SHARED,
		"the server sent %llu of its %llu nonces to several peers: such a nonce proves "
		"nobody reachable. fix, Kamailio: modparam(\"auth\", \"auth_checks_register\", 8), "
		"and the same for auth_checks_no_dlg and auth_checks_in_dlg; or "
		"modparam(\"auth\", \"one_time_nonce\", 1)",
		(unsigned long long)shared, (unsigned long long)nonces);
}

void agent_server_round(struct agent_server *server, struct store *store)
{
	follow(server, store);
	check_nonces(server, store);
}
