// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/web_stream.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BLOCK_BYTES 4096
/* What the kernel keeps for one who does not read: about two messages. */
#define SEND_BYTES 65536

struct stream_message {
	unsigned int users; /* the stream, and those to whom it is being sent */
	size_t len;
	char text[];
};

struct stream_client {
	struct stream *stream;
	struct MHD_Connection *connection;
	struct stream_message *sending; /* NULL: it has had all */
	size_t sent;			/* bytes of it */
	uint64_t number;		/* of the last one that it began with */
	bool waits;			/* its connection is suspended */
};

static void message_put(struct stream_message *message)
{
	if (message && !--message->users)
		free(message);
}

static struct stream_message *message_new(const char *name, const char *data)
{
	const size_t room = strlen(name) + strlen(data) + sizeof("event: \ndata: \n\n");
	struct stream_message *message = malloc(sizeof(*message) + room);

	if (!message)
		return NULL;
	message->users = 1;
	message->len = (size_t)snprintf(message->text, room, "event: %s\ndata: %s\n\n", name, data);
	return message;
}

void stream_publish(struct stream *stream, const char *name, const char *data)
{
	struct stream_message *message = message_new(name, data);

	if (!message)
		return;
	message_put(stream->latest);
	stream->latest = message;
	stream->number++;
	for (size_t i = 0; i < STREAMS_MAX; i++) {
		struct stream_client *client = stream->client[i];

		if (!client || !client->waits)
			continue;
		client->waits = false;
		MHD_resume_connection(client->connection);
	}
}

/* The next bytes for a client; 0: it waits for the next message. */
static ssize_t client_read(void *arg, uint64_t at, char *buffer, size_t max)
{
	struct stream_client *client = arg;
	struct stream *stream = client->stream;
	size_t n;

	(void)at;
	if (!client->sending) {
		if (client->number == stream->number) {
			client->waits = true;
			MHD_suspend_connection(client->connection);
			return 0;
		}
		client->sending = stream->latest;
		client->sending->users++;
		client->number = stream->number;
		client->sent = 0;
	}
	n = client->sending->len - client->sent;
	n = n < max ? n : max;
	memcpy(buffer, client->sending->text + client->sent, n);
	client->sent += n;
	if (client->sent == client->sending->len) {
		message_put(client->sending);
		client->sending = NULL;
	}
	return (ssize_t)n;
}

static void client_free(void *arg)
{
	struct stream_client *client = arg;
	struct stream *stream = client->stream;

	for (size_t i = 0; i < STREAMS_MAX; i++) {
		if (stream->client[i] == client)
			stream->client[i] = NULL;
	}
	stream->clients--;
	message_put(client->sending);
	free(client);
}

static void bound_buffer(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	const int bytes = SEND_BYTES;

	if (info)
		setsockopt(info->connect_fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

struct MHD_Response *stream_join(struct stream *stream, struct MHD_Connection *connection)
{
	struct stream_client *client;
	struct MHD_Response *response;
	size_t i = 0;

	while (i < STREAMS_MAX && stream->client[i])
		i++;
	client = i < STREAMS_MAX ? calloc(1, sizeof(*client)) : NULL;
	if (!client)
		return NULL;
	client->stream = stream;
	client->connection = connection;
	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, client_read,
						     client, client_free);
	if (!response) {
		free(client);
		return NULL;
	}
	stream->client[i] = client;
	stream->clients++;
	bound_buffer(connection);
	return response;
}
