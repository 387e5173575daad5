// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/cmd_trace.h"
#include "user/hep.h"

#define DEFAULT_PORT "9060" /* of HOMER's capture servers */
#define DEFAULT_RATE "100"
#define DEFAULT_AGENT 5060

static struct trace_wish wish = { .rate = DEFAULT_RATE };
static const char *option_agent;

static const struct cmd_option options[] = {
	CMD_TRACE_OPTIONS(wish),
	{ "id", "N", "capture id, tells the collector who sends; default 5060", &option_agent,
	  NULL },
};

static const struct cmd_use use = {
	.name = "mirror",
	.args = "ADDR[:PORT]",
	.what = "Sends the SIP messages that are dropped, or that a rule in shadow would have\n"
		"dropped, to a collector as HEP version 3 over UDP, with the addresses and the time\n"
		"of the original: to HOMER, or to `sngrep -L udp:ADDR:PORT'. The verdict in words\n"
		"comes along as a chunk of its own. The port is 9060 if none is named.\n"
		"\n"
		"Runs until SIGINT or SIGTERM. By itself it sends 100 messages a second at most,\n"
		"whatever the flood; what is no SIP, or begins inside a message, is not sent.\n"
		"  sipshield mirror 192.0.2.9:9060 --sample 1/100\n"
		"  sipshield mirror [2001:db8::9]:9060 --reason source-rate,greylist",
	.option = options,
	.options = sizeof(options) / sizeof(options[0]),
	.args_min = 1,
	.args_max = 1,
};

struct collector {
	const char *name;
	int fd;
	__u32 agent;
	__u64 failed; /* messages that could not be sent */
};

/* Splits ADDR, ADDR:PORT, [ADDR]:PORT. A bare IPv6 address has no port. */
static void split(char *text, char **host, const char **port)
{
	char *colon = strrchr(text, ':'), *bracket = strrchr(text, ']');

	*host = text;
	*port = DEFAULT_PORT;
	if (*text == '[' && bracket) {
		*host = text + 1;
		*bracket = '\0';
		if (bracket[1] == ':')
			*port = bracket + 2;
	} else if (colon && strchr(text, ':') == colon) {
		*colon = '\0';
		*port = colon + 1;
	}
}

/* Addresses alone: a name would be looked up at the start and never again. */
static int collector_open(const char *name, struct collector *out)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM,
					.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *found = NULL;
	char text[128], *host;
	unsigned short number;
	const char *port;
	int err;

	snprintf(text, sizeof(text), "%s", name);
	split(text, &host, &port);
	/* getaddrinfo() takes any number, modulo 65536. */
	if (!cmd_port(port, &number) || !number || getaddrinfo(host, port, &hints, &found))
		return cmd_fail(EXIT_USAGE,
				"mirror: %s: expected an address and a port, as "
				"192.0.2.9:9060 or [2001:db8::9]:9060",
				name);
	out->name = name;
	out->fd = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = out->fd < 0 || connect(out->fd, found->ai_addr, found->ai_addrlen) ? errno : 0;
	freeaddrinfo(found);
	if (err)
		return cmd_fail(EXIT_FAILED, "mirror: %s: %s", name, strerror(err));
	return EXIT_DONE;
}

static int begin(const char *dev, void *arg)
{
	const struct collector *collector = arg;

	fprintf(stderr, "sipshield: sends dropped messages of %s to %s as HEP\n", dev,
		collector->name);
	return EXIT_DONE;
}

static int packet(const struct trace_record *record, __u64 time_ns, const char *text, void *arg)
{
	struct hep_message message = { .time_ns = time_ns, .verdict = text };
	struct collector *collector = arg;
	__u8 out[HEP_LEN_MAX];
	size_t len;

	message.agent = collector->agent;
	frame_parse(record->data, record->captured, &message.frame);
	if (!message.frame.payload || frame_method(&message.frame) == SIP_METHOD_NONE)
		return 0;
	len = hep_encode(&message, out);
	/* A collector that is away for a while is no reason to end: it is told of by an ICMP. */
	if (send(collector->fd, out, len, 0) < 0)
		collector->failed++;
	return 0;
}

int cmd_mirror(int argc, char **argv)
{
	struct collector collector = { .fd = -1, .agent = DEFAULT_AGENT };
	struct trace_job job = { .begin = begin, .packet = packet, .arg = &collector };
	struct trace_outcome outcome;
	struct cmd_common common;
	char why[TRACE_WHY_LEN], *end;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (trace_filter_parse(&wish, &job.filter, why))
		return cmd_fail(EXIT_USAGE, "%s", why);
	if (option_agent) {
		unsigned long id = strtoul(option_agent, &end, 10);

		if (*option_agent < '0' || *option_agent > '9' || *end || id > ~0U)
			return cmd_fail(EXIT_USAGE, "--id %s: expected 0 to %u", option_agent, ~0U);
		collector.agent = (__u32)id;
	}
	status = collector_open(argv[0], &collector);
	if (status)
		return status;
	job.dev = common.dev;
	status = cmd_trace(&job, &outcome);
	close(collector.fd);
	if (status == EXIT_NOT_ENFORCING)
		return status;
	cmd_trace_report("looked at", &outcome, common.json);
	if (collector.failed)
		fprintf(stderr, "sipshield: %llu messages could not be sent to %s\n",
			collector.failed, collector.name);
	return status;
}
