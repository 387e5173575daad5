// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent_feed.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "user/agent_socket.h"
#include "user/cmd.h"
#include "user/event_json.h"
#include "user/instance.h"

#define READERS_MAX 8

struct reader {
	sd_event_source *source; /* owns the descriptor; NULL: a free place */
	__u64 lost;		 /* messages, since it was told */
};

struct feed {
	sd_event_source *listener;
	struct reader reader[READERS_MAX];
	size_t readers;
	char path[INSTANCE_PATH_LEN];
};

static void reader_close(struct feed *feed, struct reader *reader)
{
	reader->source = sd_event_source_unref(reader->source);
	feed->readers--;
}

/* A reader says nothing: what comes from it is its end. */
static int on_reader(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct feed *feed = arg;

	(void)fd;
	(void)revents;
	for (size_t i = 0; i < READERS_MAX; i++) {
		if (feed->reader[i].source == source)
			reader_close(feed, &feed->reader[i]);
	}
	return 0;
}

static int on_connect(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct feed *feed = arg;
	struct reader *reader = feed->reader;

	(void)revents;
	if (client < 0)
		return 0;
	if (feed->readers == READERS_MAX) {
		close(client);
		return 0;
	}
	while (reader->source)
		reader++;
	if (sd_event_add_io(sd_event_source_get_event(source), &reader->source, client, EPOLLIN,
			    on_reader, feed) < 0) {
		close(client);
		return 0;
	}
	sd_event_source_set_io_fd_own(reader->source, 1);
	reader->lost = 0;
	feed->readers++;
	return 0;
}

int feed_open(sd_event *loop, const char *dev, struct feed **out)
{
	struct feed *feed = calloc(1, sizeof(*feed));
	int fd, err;

	if (!feed)
		return -ENOMEM;
	instance_path(dev, FEED_SOCKET, feed->path);
	fd = agent_socket(feed->path, READERS_MAX);
	err = fd < 0 ? fd : sd_event_add_io(loop, &feed->listener, fd, EPOLLIN, on_connect, feed);
	if (err < 0) {
		if (fd >= 0)
			close(fd);
		free(feed);
		return err;
	}
	sd_event_source_set_io_fd_own(feed->listener, 1);
	*out = feed;
	return 0;
}

void feed_close(struct feed *feed)
{
	if (!feed)
		return;
	for (size_t i = 0; i < READERS_MAX; i++)
		sd_event_source_unref(feed->reader[i].source);
	sd_event_source_unref(feed->listener);
	unlink(feed->path);
	free(feed);
}

static bool send_text(const struct reader *reader, const char *text)
{
	int fd = sd_event_source_get_io_fd(reader->source);

	return send(fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

/* What was lost is told before anything else is. */
static void tell(struct reader *reader, const char *text)
{
	char lost[64];

	if (reader->lost) {
		snprintf(lost, sizeof(lost), "{\"kind\":\"lost\",\"events\":%llu}", reader->lost);
		if (send_text(reader, lost))
			reader->lost = 0;
	}
	if (reader->lost || !send_text(reader, text))
		reader->lost++;
}

static void publish(struct feed *feed, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;

	for (size_t i = 0; i < READERS_MAX; i++) {
		struct reader *reader = &feed->reader[i];

		if (!reader->source)
			continue;
		if (text && strlen(text) <= FEED_MESSAGE_MAX)
			tell(reader, text);
		else
			reader->lost++;
	}
	free(text);
	json_decref(object);
}

/* What a time of the maps was by the calendar. */
static double wall_of(__u64 time_ns)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9 -
	       (double)(__s64)(cmd_now() - time_ns) / 1e9;
}

void feed_event(struct feed *feed, const struct event *event, const char *signature)
{
	if (feed && feed->readers)
		publish(feed, event_json(event, signature, wall_of(event->time_ns)));
}

void feed_transition(struct feed *feed, const struct transition *transition)
{
	char text[TRANSITION_TEXT_LEN];
	json_t *object;

	if (!feed || !feed->readers)
		return;
	object = transition_json(transition, wall_of(transition->time_ns));
	json_object_set_new(object, "kind", json_string("decision"));
	json_object_set_new(object, "text", json_string(transition_text(transition, text)));
	publish(feed, object);
}
