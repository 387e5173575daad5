// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent_memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bpf/sketch.h"
#include "user/cmd.h"
#include "user/history.h"
#include "user/journal.h"
#include "user/keep.h"
#include "user/log.h"
#include "user/recent.h"
#include "user/varfile.h"

#define SAVE_ROUNDS 60
#define RECENT_SOURCES 2048
#define HISTORY_ROUNDS 5 /* between two writes */

struct memory {
	struct store *store;
	const char *dev;
	bool files;
	char keep_path[VARFILE_PATH_LEN];
	struct recent *recent;
	unsigned int rounds;	 /* since the last save */
	bool save_failed;	 /* and that was said */
	struct journal *journal; /* NULL: none */
	__u64 last_id;
	bool journal_failed;	 /* and that was said */
	struct history *history; /* NULL: none */
	bool history_failed;	 /* and that was said */
};

static struct keep_clock clocks(void)
{
	return (struct keep_clock){ .now_ns = cmd_now(), .wall = (__u64)time(NULL) };
}

static void free_bytes(unsigned char **data)
{
	free(*data);
}
#define cleanup_bytes __attribute__((cleanup(free_bytes)))

static int add_standing(const struct addr *key, const struct standing *standing, void *arg)
{
	return keep_add(arg, key, standing);
}

static int save(const struct memory *memory)
{
	const struct keep_clock clock = clocks();
	struct keep keep = { 0 };
	int err = keep_begin(&keep, &clock);

	if (!err)
		err = store_each_standing(memory->store, add_standing, &keep);
	if (!err) {
		keep_end(&keep);
		err = varfile_write(memory->keep_path, keep.data, keep.len);
	}
	free(keep.data);
	return err;
}

static void save_and_say(struct memory *memory)
{
	int err = save(memory);

	memory->rounds = 0;
	if (err && !memory->save_failed)
		log_say(MESSAGE_MEMORY_FAILED,
			"cannot save the standing of sources to %s: %s; after a reboot all of them "
			"begin as strangers",
			memory->keep_path, strerror(-err));
	else if (!err && memory->save_failed)
		log_say(MESSAGE_MEMORY, "the standing of sources is saved to %s again",
			memory->keep_path);
	memory->save_failed = err;
}

/* Out of the way of the next save, for somebody to look at. */
static void put_aside(const struct memory *memory, const char *why)
{
	char aside[VARFILE_PATH_LEN];

	snprintf(aside, sizeof(aside), "%.*s.damaged", VARFILE_PATH_LEN - 16, memory->keep_path);
	if (rename(memory->keep_path, aside))
		snprintf(aside, sizeof(aside), "nowhere (%s)", strerror(errno));
	log_say(MESSAGE_MEMORY_FAILED,
		"%s %s; it is put aside to %s, and all sources begin as strangers",
		memory->keep_path, why, aside);
}

static void put_back(const struct memory *memory, const unsigned char *data)
{
	const struct keep_clock clock = clocks();
	size_t done = 0, count = keep_count(data);
	struct standing standing;
	struct addr key;

	for (size_t i = 0; i < count; i++) {
		if (keep_get(data, i, &clock, &key, &standing))
			done += !store_standing_recall(memory->store, &key, &standing);
	}
	log_say(MESSAGE_MEMORY,
		"remembers %zu of %zu sources from before, each with half of its trust; the others' "
		"time is over",
		done, count);
}

void memory_recall(struct memory *memory)
{
	cleanup_bytes unsigned char *data = NULL;
	size_t len;
	int err;

	if (!memory->files)
		return;
	err = varfile_read(memory->keep_path, keep_size_max(), &data, &len);
	if (err == -ENOENT)
		return;
	if (!err)
		err = keep_check(data, len);
	if (err == -EBADMSG || err == -EFBIG)
		put_aside(memory, "is damaged");
	else if (err == -EPROTO)
		put_aside(memory, "was written by another version");
	else if (err)
		log_say(MESSAGE_MEMORY_FAILED, "cannot read %s: %s; all sources begin as strangers",
			memory->keep_path, strerror(-err));
	else
		put_back(memory, data);
}

static struct journal_clock journal_now(void)
{
	struct timespec wall;

	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct journal_clock){
		.now_ns = cmd_now(),
		.wall = (double)wall.tv_sec + (double)wall.tv_nsec / 1e9,
	};
}

void memory_event(struct memory *memory, const struct event *event, const char *signature)
{
	const struct journal_clock clock = journal_now();
	struct addr key = event->src;

	if (memory->history)
		history_add(memory->history, event, signature, &clock);
	if (addr_is_ipv4(&key) || !store_key(memory->store, &event->src, &key))
		recent_add(memory->recent, &key, event);
}

__u64 memory_last_id(const struct memory *memory)
{
	return memory->last_id;
}

void memory_transition(struct memory *memory, const struct transition *transition)
{
	const struct journal_clock clock = journal_now();
	struct recent_packet packet[RECENT_PACKETS];
	size_t packets = recent_get(memory->recent, &transition->key, packet);
	int err;

	if (!memory->journal)
		return;
	err = journal_append(memory->journal, transition, &clock, packet, packets);
	if (err && !memory->journal_failed)
		log_say(MESSAGE_MEMORY_FAILED,
			"cannot write the journal of decisions: %s; they are in the log alone",
			strerror(-err));
	memory->journal_failed = err;
}

/* What a rule in shadow hits is sampled in the history; how much it was stands there, too. */
static void write_history(struct memory *memory)
{
	const struct journal_clock clock = journal_now();
	__u64 shadow[REASON_MAX];
	int err = store_shadows(memory->store, shadow);

	if (!err) {
		history_count(memory->history, shadow, &clock);
		err = history_write(memory->history);
	}
	if (err && !memory->history_failed)
		log_say(MESSAGE_MEMORY_FAILED,
			"cannot write the history of what was dropped: %s; `sipshield policy "
			"impact' will not know of it",
			strerror(-err));
	memory->history_failed = err;
}

void memory_round(struct memory *memory)
{
	memory->rounds++;
	if (memory->files && memory->rounds % HISTORY_ROUNDS == 0)
		write_history(memory);
	if (memory->files && memory->rounds >= SAVE_ROUNDS)
		save_and_say(memory);
}

static int open_files(struct memory *memory, const char *dir)
{
	int err = varfile_path(dir, memory->dev, "standing", memory->keep_path);

	if (!err)
		err = varfile_make_dir(dir);
	if (!err)
		err = journal_open(dir, memory->dev, &memory->journal, &memory->last_id);
	if (!err)
		err = history_open(dir, memory->dev, &memory->history);
	if (!err)
		write_history(memory);
	return err;
}

struct memory *memory_open(const char *dir, const char *dev, struct store *store)
{
	struct memory *memory = calloc(1, sizeof(*memory));
	int err = 0;

	if (!memory)
		return NULL;
	memory->store = store;
	memory->dev = dev;
	memory->recent = recent_new(RECENT_SOURCES, cmd_now());
	if (!memory->recent) {
		free(memory);
		return NULL;
	}
	if (*dir)
		err = open_files(memory, dir);
	if (err)
		log_say(MESSAGE_MEMORY_FAILED, "nothing is kept in %s: %s; see run's --state-dir",
			dir, strerror(-err));
	memory->files = *dir && !err;
	return memory;
}

void memory_close(struct memory *memory, bool last_save)
{
	if (!memory)
		return;
	if (memory->files && last_save)
		save_and_say(memory);
	journal_close(memory->journal);
	if (memory->history)
		write_history(memory);
	history_close(memory->history);
	recent_free(memory->recent);
	free(memory);
}
