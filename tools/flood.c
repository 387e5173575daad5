/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flood: send SIP requests from one, many or random source addresses as fast as one core can.
 *
 * A load generator for the lab and the bench, not a tool for real networks: it writes frames to an
 * interface with forged IP addresses, and always stops by itself after --seconds or --count.
 * At the end it prints one line of JSON: {"sent":N,"refused":N,"seconds":S,"pps":N}; "refused" are
 * frames that the interface did not take because the receiver's ring was full.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/flood_frame.h"

#define BATCH 64
#define SECONDS_MAX 600
#define LIST_MAX 1000000
#define NSEC_PER_SEC 1000000000ull

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	(void)sig;
	stop = 1;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

/* A packet socket that sends on opt->dev past the queueing discipline; negative errno on error. */
static int open_socket(const struct options *opt, uint8_t *src_mac)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET };
	struct ifreq req = { 0 };
	int fd, one = 1, err;

	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", opt->dev);
	addr.sll_ifindex = (int)if_nametoindex(opt->dev);
	if (!addr.sll_ifindex || ioctl(fd, SIOCGIFHWADDR, &req) ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&addr, sizeof(addr))) {
		err = -errno;
		close(fd);
		return err;
	}
	memcpy(src_mac, req.ifr_hwaddr.sa_data, ETH_ALEN);
	return fd;
}

/* Wait until @serial frames are due at opt->rate. */
static void pace(const struct options *opt, uint64_t start, uint64_t serial)
{
	uint64_t due = start + serial * 1000000ull / opt->rate * 1000ull +
		       serial * 1000000ull % opt->rate * 1000ull / opt->rate;
	struct timespec ts = { .tv_sec = (time_t)(due / NSEC_PER_SEC),
			       .tv_nsec = (long)(due % NSEC_PER_SEC) };

	if (due > now_ns())
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* Hand @n stamped frames to the kernel. Returns how many the interface took, or negative errno. */
static int send_batch(int fd, struct mmsghdr *messages, unsigned int n)
{
	unsigned int done = 0;
	int taken = 0;

	while (done < n) {
		int ret = sendmmsg(fd, messages + done, n - done, 0);

		if (ret > 0) {
			taken += ret;
			done += (unsigned int)ret;
		} else if (errno == ENOBUFS) {
			done++; /* the receiver's ring is full: this frame is lost */
		} else if (errno != EINTR && errno != EAGAIN) {
			return -errno;
		}
	}
	return taken;
}

/* Frames of all methods in turn, ready to be stamped and sent. */
struct ring {
	struct frame frames[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr messages[BATCH];
};

static int fill_ring(struct ring *ring, const struct options *opt, const uint8_t *src_mac)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		struct frame *frame = &ring->frames[i];
		int err = build_frame(frame, opt, opt->method[i % opt->methods], src_mac);

		if (err)
			return err;
		ring->iov[i] = (struct iovec){ .iov_base = frame->data, .iov_len = frame->len };
		ring->messages[i].msg_hdr.msg_iov = &ring->iov[i];
		ring->messages[i].msg_hdr.msg_iovlen = 1;
	}
	return 0;
}

static int flood(int fd, const struct options *opt, struct ring *ring)
{
	uint64_t start = now_ns(), end = start + opt->seconds * NSEC_PER_SEC;
	uint64_t serial = 0, sent = 0, limit = opt->count ? opt->count : UINT64_MAX, elapsed;
	/* at low rates small batches, so that the frames are spread evenly */
	unsigned int batch = opt->rate && opt->rate < 64000 ? 1 + (unsigned int)(opt->rate / 1000)
							    : BATCH;

	while (!stop && serial < limit && now_ns() < end) {
		unsigned int first = serial % BATCH, n = batch;
		int taken;

		if (n > BATCH - first)
			n = BATCH - first;
		if (n > limit - serial)
			n = (unsigned int)(limit - serial);
		if (opt->rate)
			pace(opt, start, serial);
		for (unsigned int i = 0; i < n; i++)
			stamp_frame(&ring->frames[first + i], opt, serial++);
		taken = send_batch(fd, &ring->messages[first], n);
		if (taken < 0)
			return taken;
		sent += (uint64_t)taken;
	}
	elapsed = now_ns() - start;
	printf("{\"sent\":%llu,\"refused\":%llu,\"seconds\":%.3f,\"pps\":%.0f}\n",
	       (unsigned long long)sent, (unsigned long long)(serial - sent),
	       (double)elapsed / NSEC_PER_SEC, (double)sent * NSEC_PER_SEC / (double)elapsed);
	return 0;
}

static void usage(FILE *out)
{
	fputs("usage: flood --dev DEV --dst-mac MAC --dst ADDR --src RANGE [options]\n"
	      "Send SIP requests with forged sources, for the lab and the bench only.\n\n"
	      "  --dev DEV        interface to write frames to\n"
	      "  --dst-mac MAC    Ethernet address of the receiver\n"
	      "  --dst ADDR       the server's IPv4 or IPv6 address\n"
	      "  --dport PORT     its port (5060)\n"
	      "  --src RANGE      ADDR, ADDR/LEN, `random`, or @FILE with an address a line\n"
	      "  --sources N      only N addresses of the range; 0: all (0)\n"
	      "  --sport PORT     source port; 0: another one for each frame (5060)\n"
	      "  --ttl N          hop limit, 1 to 255 (64)\n"
	      "  --method NAME,.. request methods in turn, at most 8 (OPTIONS)\n"
	      "  --credentials    with invented credentials\n"
	      "  --seed N         others send other frames from the same sources (0)\n"
	      "  --rate N         frames per second; 0: as fast as possible (0)\n"
	      "  --seconds N      stop after N seconds, 1 to 600 (10)\n"
	      "  --count N        stop after N frames; 0: no limit (0)\n",
	      out);
}

static int parse_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || n > max)
		return -EINVAL;
	*out = n;
	return 0;
}

static int parse_address(const char *text, int *family, uint8_t *out)
{
	*family = strchr(text, ':') ? AF_INET6 : AF_INET;
	return inet_pton(*family, text, out) == 1 ? 0 : -EINVAL;
}

/* The addresses of a file, one in each line, of the family of the destination. */
static int read_list(const char *path, struct options *opt)
{
	FILE *file = fopen(path, "re");
	char line[INET6_ADDRSTRLEN + 2];
	int family, err = 0;

	if (!file)
		return -errno;
	opt->listed = calloc(LIST_MAX, sizeof(*opt->listed));
	if (!opt->listed)
		err = -ENOMEM;
	while (!err && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (opt->listed_count == LIST_MAX ||
		    parse_address(line, &family, opt->listed[opt->listed_count++]) ||
		    family != opt->family)
			err = -EINVAL;
	}
	fclose(file);
	return err ? err : opt->listed_count ? 0 : -EINVAL;
}

/* ADDR, ADDR/LEN, `random` or @FILE; the family must be that of the destination. */
static int parse_source(const char *text, struct options *opt)
{
	char addr[INET6_ADDRSTRLEN + 1];
	const char *slash = strchrnul(text, '/');
	unsigned int all = opt->family == AF_INET ? 32 : 128;
	uint64_t len = all;
	int family;

	if (*text == '@')
		return read_list(text + 1, opt);
	if (!strcmp(text, "random")) {
		opt->src_random = true;
		opt->src_bits = opt->family == AF_INET ? 24 : 96;
		if (opt->family == AF_INET6) /* the documentation prefix */
			memcpy(opt->src, "\x20\x01\x0d\xb8", 4);
		return 0;
	}
	if ((size_t)(slash - text) >= sizeof(addr) ||
	    (*slash && parse_number(slash + 1, all, &len)))
		return -EINVAL;
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	if (parse_address(addr, &family, opt->src) || family != opt->family)
		return -EINVAL;
	opt->src_bits = all - (unsigned int)len;
	return 0;
}

/* NAME,NAME...: writes into @text, which must last as long as the options. */
static int parse_methods(char *text, struct options *opt)
{
	char *save = NULL;

	opt->methods = 0;
	for (char *name = strtok_r(text, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		if (opt->methods == METHODS_MAX)
			return -EINVAL;
		opt->method[opt->methods++] = name;
	}
	return opt->methods ? 0 : -EINVAL;
}

static int parse_option(int c, char *arg, struct options *opt, const char **src)
{
	uint64_t number;
	int err = 0;

	switch (c) {
	case 'd':
		opt->dev = arg;
		break;
	case 'm':
		err = ether_aton_r(arg, &opt->dst_mac) ? 0 : -EINVAL;
		break;
	case 't':
		err = parse_address(arg, &opt->family, opt->dst);
		break;
	case 's':
		*src = arg;
		break;
	case 'p':
	case 'P':
		err = parse_number(arg, UINT16_MAX, &number);
		if (!err)
			*(c == 'p' ? &opt->dport : &opt->sport) = (uint16_t)number;
		break;
	case 'T':
		err = parse_number(arg, UINT8_MAX, &number);
		opt->ttl = err ? 0 : (uint8_t)number;
		err = opt->ttl ? 0 : -EINVAL;
		break;
	case 'n':
		err = parse_number(arg, UINT64_MAX, &opt->sources);
		break;
	case 'e':
		err = parse_number(arg, UINT64_MAX, &opt->seed);
		break;
	case 'M':
		err = parse_methods(arg, opt);
		break;
	case 'C':
		opt->credentials = true;
		break;
	case 'r':
		err = parse_number(arg, 100000000, &opt->rate);
		break;
	case 'S':
		err = parse_number(arg, SECONDS_MAX, &opt->seconds);
		break;
	case 'c':
		err = parse_number(arg, UINT64_MAX, &opt->count);
		break;
	default:
		return -EINVAL;
	}
	if (err)
		fprintf(stderr, "flood: `%s` is not a value that this option takes\n", arg);
	return err;
}

static int parse_options(int argc, char **argv, struct options *opt)
{
	static const struct option table[] = {
		{ "dev", 1, NULL, 'd' },     { "dst-mac", 1, NULL, 'm' },
		{ "dst", 1, NULL, 't' },     { "src", 1, NULL, 's' },
		{ "dport", 1, NULL, 'p' },   { "sport", 1, NULL, 'P' },
		{ "method", 1, NULL, 'M' },  { "rate", 1, NULL, 'r' },
		{ "seconds", 1, NULL, 'S' }, { "count", 1, NULL, 'c' },
		{ "sources", 1, NULL, 'n' }, { "seed", 1, NULL, 'e' },
		{ "ttl", 1, NULL, 'T' },     { "credentials", 0, NULL, 'C' },
		{ "help", 0, NULL, 'h' },    { 0 },
	};
	const char *src = NULL;
	int c;

	*opt = (struct options){ .dport = 5060,
				 .sport = 5060,
				 .ttl = 64,
				 .method = { "OPTIONS" },
				 .methods = 1,
				 .seconds = 10 };
	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (c == 'h') {
			usage(stdout);
			exit(0);
		}
		if (parse_option(c, optarg, opt, &src))
			return -EINVAL;
	}
	if (!opt->dev || !opt->family || !src || optind < argc || !opt->seconds) {
		fputs("flood: --dev, --dst-mac, --dst and --src are needed, nothing more; "
		      "see flood --help\n",
		      stderr);
		return -EINVAL;
	}
	if (parse_source(src, opt)) {
		fprintf(stderr,
			"flood: --src %s: not ADDR, ADDR/LEN, `random` or @FILE, or not of "
			"the family of --dst\n",
			src);
		return -EINVAL;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	static struct ring ring;
	struct options opt;
	uint8_t src_mac[ETH_ALEN];
	int fd, err;

	if (parse_options(argc, argv, &opt))
		return 2;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	fd = open_socket(&opt, src_mac);
	if (fd < 0) {
		fprintf(stderr, "flood: %s: cannot send on this interface: %s\n", opt.dev,
			strerror(-fd));
		return 1;
	}
	err = fill_ring(&ring, &opt, src_mac);
	if (!err)
		err = flood(fd, &opt, &ring);
	if (err)
		fprintf(stderr, "flood: %s: %s\n", opt.dev, strerror(-err));
	close(fd);
	free(opt.listed);
	return err ? 1 : 0;
}
