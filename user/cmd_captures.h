/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The captures that a verb replays, and the addresses of the host that they show. What goes wrong is
 * said; all functions that return int return an exit status.
 */
#ifndef SIPSHIELD_CMD_CAPTURES_H
#define SIPSHIELD_CMD_CAPTURES_H

#include "user/capture_file.h"
#include "user/local.h"
#include "user/replay.h"

/* The option that both such verbs have. */
#define CAPTURES_LOCAL_ARG "ADDR[/LEN][,...]"
#define CAPTURES_LOCAL_WHAT "the host's addresses; without it, guessed"

/* Zeroed: none. */
struct captures {
	struct capture_file *file;
	size_t files;
	struct local local;
	struct local_guess guess;
	bool guessing;
	bool broken; /* one broke off: it was replayed up to there */
	bool told;   /* and that was said, by an earlier replay */
};

/*
 * Opens them all and reads all that can be wrong before the first frame is replayed. local: the
 * host's addresses; NULL: those that receive requests on the listeners of doc, which must outlive
 * the captures. They are named on stderr.
 */
int captures_open(struct captures *captures, int count, char **names, const char *local,
		  const struct policy_doc *doc);
void captures_free(struct captures *captures);

/* Called for each frame in turn; other than 0 ends the replay. */
typedef int captures_fn(const struct replay_verdict *verdict, void *arg);
/* Replays them all on one timeline, and the round behind the last frame. */
int captures_replay(struct captures *captures, struct replay *replay, captures_fn *fn, void *arg);

#endif
