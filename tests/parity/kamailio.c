// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages to a Kamailio and its log back. The source port tells which message a line is about;
 * one worker reads them in turn, so that with the line of the last message all have been read.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/parity/parity.h"

#define FIRST_PORT 20000
#define LAST (KAMAILIO_WINDOW) /* socket of the message that ends a window */
#define LOG_MAX (1 << 20)
#define PATIENCE_MS 10000
#define MARK "PARITY "

struct kamailio {
	struct sockaddr_in to;
	int log;
	int sock[KAMAILIO_WINDOW + 1];
	size_t have;
	char text[LOG_MAX];
};

static int open_socket(int port)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(port) };
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (sock < 0)
		return -1;
	if (!bind(sock, (struct sockaddr *)&from, sizeof(from)))
		return sock;
	close(sock);
	return -1;
}

struct kamailio *kamailio_open(int port, int log)
{
	struct kamailio *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->log = log;
	k->to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
	k->to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (int i = 0; i <= LAST; i++) {
		k->sock[i] = open_socket(FIRST_PORT + i);
		if (k->sock[i] >= 0)
			continue;
		perror("parity: socket");
		free(k);
		return NULL;
	}
	return k;
}

static int send_one(struct kamailio *k, int i, const void *text, size_t len)
{
	if (sendto(k->sock[i], text, len, 0, (struct sockaddr *)&k->to, sizeof(k->to)) < 0)
		return -errno;
	return 0;
}

static int send_last(struct kamailio *k)
{
	static const char last[] = "OPTIONS sip:a@b.example SIP/2.0\r\n"
				   "Via: SIP/2.0/UDP a.example;branch=z9hG4bKlast\r\n"
				   "From: <sip:a@b.example>;tag=1\r\nTo: <sip:a@b.example>\r\n"
				   "Call-ID: last\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";

	return send_one(k, LAST, last, sizeof(last) - 1);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void take_hex(struct value *to, const char *hex)
{
	to->len = 0;
	while (to->len < sizeof(to->text) && hex_digit(hex[0]) >= 0 && hex_digit(hex[1]) >= 0) {
		to->text[to->len++] = hex_digit(hex[0]) << 4 | hex_digit(hex[1]);
		hex += 2;
	}
}

/* name=hex, or of a part how many bytes it has */
static void take_word(const char *word, struct reading *out)
{
	out->no_from |= !strcmp(word, "from=");
	out->no_uri |= !strcmp(word, "uri=");
	for (int i = 0; i < FIELD_MAX; i++) {
		size_t len = strlen(field_names[i]);

		if (strncmp(word, field_names[i], len) != 0 || word[len] != '=')
			continue;
		take_hex(&out->field[i], word + len + 1);
		if (i == FIELD_CSEQ)
			value_number(&out->field[i]);
	}
}

/* "PORT request|response NAME=HEX..." Returns which of the messages it was about. */
static int take_line(char *line, struct reading *out, int n)
{
	char *next = NULL, *word = strtok_r(line, " ", &next);
	int i = word ? atoi(word) - FIRST_PORT : -1;

	if (i < 0 || i >= n)
		return i;
	word = strtok_r(NULL, " ", &next);
	if (!word)
		return i;
	out[i].taken = strcmp(word, "response") ? TAKEN_REQUEST : TAKEN_RESPONSE;
	while ((word = strtok_r(NULL, " ", &next)))
		take_word(word, &out[i]);
	out[i].field[FIELD_LAST_TAG] = out[i].field[FIELD_FROM_TAG];
	return i;
}

/* Takes the whole lines there are. Returns 1 with that of the last message. */
static int take_lines(struct kamailio *k, struct reading *out, int n)
{
	char *line = k->text, *end, *mark;
	int done = 0;

	while ((end = memchr(line, '\n', k->text + k->have - line))) {
		*end = 0;
		mark = strstr(line, MARK);
		if (mark)
			done |= take_line(mark + strlen(MARK), out, n) == LAST;
		line = end + 1;
	}
	k->have -= line - k->text;
	memmove(k->text, line, k->have);
	return done;
}

static int take_log(struct kamailio *k, struct reading *out, int n)
{
	struct pollfd ready = { .fd = k->log, .events = POLLIN };
	ssize_t got;

	for (;;) {
		if (poll(&ready, 1, PATIENCE_MS) <= 0)
			return -ETIMEDOUT;
		got = read(k->log, k->text + k->have, sizeof(k->text) - k->have);
		if (got <= 0)
			return -ETIMEDOUT;
		k->have += got;
		if (take_lines(k, out, n))
			return 0;
	}
}

int kamailio_read(struct kamailio *k, const struct message *m, int n, struct reading *out)
{
	int err = 0;

	for (int i = 0; i < n; i++)
		reading_clear(&out[i]);
	for (int i = 0; i < n && !err; i++)
		err = send_one(k, i, m[i].text, m[i].len);
	if (!err)
		err = send_last(k);
	return err ? err : take_log(k, out, n);
}
