/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Server-sent events: each message goes to all who listen. Who reads slowly gets the latest message
 * when it has taken the one before, and is let go when it takes nothing.
 */
#ifndef SIPSHIELD_WEB_STREAM_H
#define SIPSHIELD_WEB_STREAM_H

#include <microhttpd.h>
#include <stdint.h>

#define STREAMS_MAX 8

struct stream_message;
struct stream_client;

struct stream {
	struct stream_message *latest; /* NULL: none yet */
	uint64_t number;	       /* of the latest */
	size_t clients;
	struct stream_client *client[STREAMS_MAX];
};

/* A message of that name to everybody; data is one line of JSON. */
void stream_publish(struct stream *stream, const char *name, const char *data);

/*
 * The response for one more listener, to be queued on its connection; the first message is the
 * latest one. NULL: there are too many, or no memory.
 */
struct MHD_Response *stream_join(struct stream *stream, struct MHD_Connection *connection);

#endif
