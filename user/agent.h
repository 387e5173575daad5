/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent: one process and one event loop for an interface.
 */
#ifndef SIPSHIELD_AGENT_H
#define SIPSHIELD_AGENT_H

#include "user/loader.h"

struct agent_options {
	const char *dev;
	const char *policy; /* file; NULL: the defaults, or what an earlier agent left in force */
	enum attach_mode mode;
	const char *state_dir;	     /* for what outlives the maps; "": nothing does */
	unsigned short metrics_port; /* 0: no exporter */
};

/*
 * Protects an interface until it is told to end; enforcement goes on after that. Returns the exit
 * status, what went wrong was said.
 */
int agent_run(const struct agent_options *options);

#endif
