/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shapes: send requests of the form of an attack tool, from a socket of this host.
 *
 * For the lab, for tools that Debian has no package of: a few messages, paced, and always an end.
 * It prints one line of JSON: {"shape":NAME,"sent":N,"answers":N}.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netdb.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/shape_table.h"

#define COUNT_MAX 10000
#define PACE_NS 2000000 /* between two messages: at most 500 a second */

struct options {
	const struct shape *shape;
	struct shape_peers peers;
	unsigned int count;
	uint64_t seed;
};

/* A UDP socket from @peers->sport, 0 for any, to the server. Negative errno on error. */
static int open_socket(const struct shape *shape, struct shape_peers *peers)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				  .ai_socktype = SOCK_DGRAM };
	struct addrinfo *src = NULL, *dst = NULL;
	struct sockaddr_in6 own = { 0 }; /* the port is where IPv4 has it */
	socklen_t len = sizeof(own);
	int fd = -1, one = 1, err = -EINVAL;
	char port[8];

	snprintf(port, sizeof(port), "%u", shape->sport);
	if (!getaddrinfo(peers->src, port, &hints, &src)) {
		snprintf(port, sizeof(port), "%u", peers->dport);
		if (!getaddrinfo(peers->dst, port, &hints, &dst))
			fd = socket(src->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	}
	if (fd >= 0) {
		err = 0;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (shape->no_checksum && src->ai_family == AF_INET)
			setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &one, sizeof(one));
		if (bind(fd, src->ai_addr, src->ai_addrlen) ||
		    connect(fd, dst->ai_addr, dst->ai_addrlen) ||
		    getsockname(fd, (struct sockaddr *)&own, &len))
			err = -errno;
		peers->sport = ntohs(own.sin6_port);
	}
	if (src)
		freeaddrinfo(src);
	if (dst)
		freeaddrinfo(dst);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

/* How many datagrams have come back. */
static unsigned int answers(int fd)
{
	unsigned int n = 0;
	char byte;

	while (recv(fd, &byte, 1, 0) >= 0)
		n++;
	return n;
}

static int send_all(struct options *opt)
{
	const struct timespec pace = { .tv_nsec = PACE_NS };
	unsigned int sent = 0, answered = 0;
	struct shape_text text;
	int fd = -1, err = 0;

	for (unsigned int i = 1; i <= opt->count && !err; i++) {
		if (fd < 0)
			fd = open_socket(opt->shape, &opt->peers);
		if (fd < 0)
			return fd;
		err = shape_write(&text, opt->shape, &opt->peers, opt->seed, i);
		/* a refusal of an earlier one by ICMP is told here */
		if (!err && send(fd, text.text, text.len, 0) < 0 && errno != ECONNREFUSED)
			err = -errno;
		sent += !err;
		nanosleep(&pace, NULL);
		answered += answers(fd);
		if (!opt->shape->sport) { /* a port of its own for each message */
			close(fd);
			fd = -1;
		}
	}
	if (fd >= 0)
		close(fd);
	printf("{\"shape\":\"%s\",\"sent\":%u,\"answers\":%u}\n", opt->shape->name, sent, answered);
	return err;
}

static void usage(FILE *out)
{
	fputs("usage: shapes SHAPE --src ADDR --dst ADDR [options]\n"
	      "       shapes --list\n"
	      "Send requests of an attack tool's form, for the lab only.\n\n"
	      "  --src ADDR     an IPv4 or IPv6 address of this host\n"
	      "  --dst ADDR     the server's\n"
	      "  --dport PORT   its port (5060)\n"
	      "  --agent TEXT   another User-Agent than the tool's own\n"
	      "  --count N      messages, 1 to 10000 (20)\n"
	      "  --seed N       what is random is drawn from this number (1)\n",
	      out);
}

static const struct shape *find_shape(const char *name)
{
	for (size_t i = 0; i < SHAPES; i++) {
		if (!strcmp(shapes[i].name, name))
			return &shapes[i];
	}
	return NULL;
}

static int list_shapes(void)
{
	for (size_t i = 0; i < SHAPES; i++)
		printf("%s %s\n", shapes[i].name, shapes[i].reason);
	return 0;
}

static int parse_option(int c, const char *arg, struct options *opt)
{
	unsigned long number = 0;
	char *end;

	switch (c) {
	case 's':
		opt->peers.src = arg;
		return 0;
	case 'd':
		opt->peers.dst = arg;
		return 0;
	case 'a':
		opt->peers.agent = arg;
		return 0;
	}
	errno = 0;
	number = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || *arg == '-')
		return -EINVAL;
	if (c == 'S')
		opt->seed = number;
	else if (c == 'p' && number && number <= UINT16_MAX)
		opt->peers.dport = (uint16_t)number;
	else if (c == 'c' && number && number <= COUNT_MAX)
		opt->count = (unsigned int)number;
	else
		return -EINVAL;
	return 0;
}

/* Returns 1 if there is nothing left to do, -EINVAL if it cannot be done. */
static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option table[] = {
		{ "src", 1, NULL, 's' },   { "dst", 1, NULL, 'd' },   { "dport", 1, NULL, 'p' },
		{ "agent", 1, NULL, 'a' }, { "count", 1, NULL, 'c' }, { "seed", 1, NULL, 'S' },
		{ "list", 0, NULL, 'l' },  { "help", 0, NULL, 'h' },  { 0 },
	};
	int c;

	*opt = (struct options){ .count = 20, .seed = 1, .peers.dport = 5060 };
	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (c == 'h')
			usage(stdout);
		if (c == 'l')
			list_shapes();
		if (c == 'h' || c == 'l')
			return 1;
		if (c == '?' || parse_option(c, optarg, opt))
			return -EINVAL;
	}
	if (optind + 1 != argc || !opt->peers.src || !opt->peers.dst)
		return -EINVAL;
	opt->shape = find_shape(argv[optind]);
	return opt->shape ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	struct options opt;
	int err = parse_options(argc, argv, &opt);

	if (err < 0)
		usage(stderr);
	if (err)
		return err < 0 ? 2 : 0;
	err = send_all(&opt);
	if (err)
		fprintf(stderr, "shapes: from %s to %s: %s\n", opt.peers.src, opt.peers.dst,
			strerror(-err));
	return err ? 1 : 0;
}
