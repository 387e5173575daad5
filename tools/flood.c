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
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define FRAME_MAX 1024
#define SERIAL_DIGITS 8
#define SERIAL_PLACES 3
#define SECONDS_MAX 600
#define NSEC_PER_SEC 1000000000ull

/* What the command line asks for. Addresses are in network byte order, IPv4 in the first 4 bytes. */
struct options {
	const char *dev;
	struct ether_addr dst_mac;
	int family;
	uint8_t dst[16];
	uint8_t src[16];
	unsigned int src_bits; /* low bits of the source address that change from frame to frame */
	bool src_random;       /* any unicast source */
	uint16_t dport;
	uint16_t sport; /* 0: another one for each frame */
	const char *method;
	uint64_t rate;	  /* frames per second, 0: no limit */
	uint64_t seconds; /* 1 to SECONDS_MAX */
	uint64_t count;	  /* 0: no limit */
};

/* One frame, built once; address, port and serial number are then written over for each send. */
struct frame {
	uint8_t data[FRAME_MAX];
	size_t len, ip, udp, sip;
	size_t serial[SERIAL_PLACES]; /* offsets of the SERIAL_DIGITS hex digits */
};

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

/* splitmix64: the same serial always gives the same address, so that a run can be repeated. */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static uint64_t sum_words(const uint8_t *data, size_t len)
{
	uint64_t sum = 0;
	uint32_t word;
	uint16_t half;
	size_t i = 0;

	for (; i + 4 <= len; i += 4) {
		memcpy(&word, data + i, 4);
		sum += word;
	}
	for (; i + 2 <= len; i += 2) {
		memcpy(&half, data + i, 2);
		sum += half;
	}
	return i < len ? sum + data[i] : sum;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t address_len(const struct options *opt)
{
	return opt->family == AF_INET ? 4 : 16;
}

static void put_ip(struct frame *frame, const struct options *opt, size_t payload)
{
	if (opt->family == AF_INET) {
		struct iphdr *ip = (struct iphdr *)(frame->data + frame->ip);

		*ip = (struct iphdr){ .version = 4,
				      .ihl = 5,
				      .ttl = 64,
				      .protocol = IPPROTO_UDP,
				      .tot_len = htons((uint16_t)(sizeof(*ip) + payload)) };
		memcpy(&ip->daddr, opt->dst, 4);
	} else {
		struct ip6_hdr *ip = (struct ip6_hdr *)(frame->data + frame->ip);

		memset(ip, 0, sizeof(*ip));
		ip->ip6_vfc = 6 << 4;
		ip->ip6_plen = htons((uint16_t)payload);
		ip->ip6_nxt = IPPROTO_UDP;
		ip->ip6_hlim = 64;
		memcpy(&ip->ip6_dst, opt->dst, 16);
	}
}

/* The request; X marks the serial number, as often as SERIAL_PLACES says. */
static int put_sip(struct frame *frame, const struct options *opt)
{
	char *text = (char *)frame->data + frame->sip;
	size_t room = FRAME_MAX - frame->sip, place = 0;
	int len;

	len = snprintf(text, room,
		       "%s sip:1000@lab.example SIP/2.0\r\n"
		       "Via: SIP/2.0/UDP phone.invalid:5060;branch=z9hG4bKXXXXXXXX;rport\r\n"
		       "Max-Forwards: 70\r\n"
		       "From: <sip:1000@lab.example>;tag=XXXXXXXX\r\n"
		       "To: <sip:1000@lab.example>\r\n"
		       "Call-ID: XXXXXXXX@phone.invalid\r\n"
		       "CSeq: 1 %s\r\n"
		       "Contact: <sip:1000@phone.invalid:5060>\r\n"
		       "User-Agent: Lab flood\r\n"
		       "Content-Length: 0\r\n\r\n",
		       opt->method, opt->method);
	if (len < 0 || (size_t)len >= room)
		return -EMSGSIZE;
	for (char *at = text; (at = strstr(at, "XXXXXXXX")); at += SERIAL_DIGITS)
		frame->serial[place++] = (size_t)(at - (char *)frame->data);
	frame->len = frame->sip + (size_t)len;
	return 0;
}

static int build_frame(struct frame *frame, const struct options *opt, const uint8_t *src_mac)
{
	struct ether_header *eth = (struct ether_header *)frame->data;
	struct udphdr *udp;
	int err;

	frame->ip = sizeof(*eth);
	frame->udp = frame->ip +
		     (opt->family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ip6_hdr));
	frame->sip = frame->udp + sizeof(*udp);
	err = put_sip(frame, opt);
	if (err)
		return err;
	memcpy(eth->ether_dhost, &opt->dst_mac, ETH_ALEN);
	memcpy(eth->ether_shost, src_mac, ETH_ALEN);
	eth->ether_type = htons(opt->family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	put_ip(frame, opt, frame->len - frame->udp);
	udp = (struct udphdr *)(frame->data + frame->udp);
	udp->dest = htons(opt->dport);
	udp->len = htons((uint16_t)(frame->len - frame->udp));
	return 0;
}

/* The source address of frame number @serial. */
static void choose_source(uint8_t *src, const struct options *opt, uint64_t serial)
{
	size_t len = address_len(opt);
	uint64_t bits = mix(serial);

	memcpy(src, opt->src, len);
	if (opt->src_random && opt->family == AF_INET) {
		/* 1.0.0.0 to 223.255.255.255 without loopback */
		uint8_t first = (uint8_t)(1 + (bits >> 32) % 223);

		src[0] = first == 127 ? 126 : first;
	}
	for (unsigned int i = 0; i < opt->src_bits; i += 8) {
		uint8_t mask = opt->src_bits - i >= 8 ? 0xff
						      : (uint8_t)((1u << (opt->src_bits - i)) - 1);
		uint8_t *byte = &src[len - 1 - i / 8];

		*byte = (uint8_t)((*byte & ~mask) | ((uint8_t)(bits >> (i % 64)) & mask));
	}
}

static void put_checksums(struct frame *frame, const struct options *opt)
{
	struct udphdr *udp = (struct udphdr *)(frame->data + frame->udp);
	size_t len = frame->len - frame->udp, addrs = 2 * address_len(opt);
	uint64_t pseudo = htons(IPPROTO_UDP) + (uint64_t)htons((uint16_t)len);
	uint16_t sum;

	if (opt->family == AF_INET) {
		struct iphdr *ip = (struct iphdr *)(frame->data + frame->ip);

		ip->check = 0;
		ip->check = fold(sum_words((uint8_t *)ip, sizeof(*ip)));
	}
	udp->check = 0;
	/* both addresses stand right before the UDP header, in IPv4 and in IPv6 */
	sum = fold(pseudo + sum_words(frame->data + frame->udp - addrs, addrs) +
		   sum_words(frame->data + frame->udp, len));
	udp->check = sum ? sum : 0xffff;
}

/* Make @frame the one with number @serial. */
static void stamp_frame(struct frame *frame, const struct options *opt, uint64_t serial)
{
	static const char hex[] = "0123456789abcdef";
	struct udphdr *udp = (struct udphdr *)(frame->data + frame->udp);
	char digits[SERIAL_DIGITS];

	for (int i = 0; i < SERIAL_DIGITS; i++)
		digits[i] = hex[(serial >> (4 * (SERIAL_DIGITS - 1 - i))) & 15];
	for (int i = 0; i < SERIAL_PLACES; i++)
		memcpy(frame->data + frame->serial[i], digits, SERIAL_DIGITS);
	choose_source(frame->data + frame->udp - 2 * address_len(opt), opt, serial);
	udp->source = htons(opt->sport ? opt->sport : (uint16_t)(1024 + mix(~serial) % 64000));
	put_checksums(frame, opt);
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

static int flood(int fd, const struct options *opt, const struct frame *model)
{
	static struct frame frames[BATCH];
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec iov[BATCH];
	uint64_t start = now_ns(), end = start + opt->seconds * NSEC_PER_SEC;
	uint64_t serial = 0, sent = 0, limit = opt->count ? opt->count : UINT64_MAX, elapsed;
	/* at low rates small batches, so that the frames are spread evenly */
	unsigned int batch = opt->rate && opt->rate < 64000 ? 1 + (unsigned int)(opt->rate / 1000)
							    : BATCH;

	for (int i = 0; i < BATCH; i++) {
		frames[i] = *model;
		iov[i] = (struct iovec){ .iov_base = frames[i].data, .iov_len = model->len };
		messages[i].msg_hdr.msg_iov = &iov[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (!stop && serial < limit && now_ns() < end) {
		unsigned int n = limit - serial < batch ? (unsigned int)(limit - serial) : batch;
		int taken;

		if (opt->rate)
			pace(opt, start, serial);
		for (unsigned int i = 0; i < n; i++)
			stamp_frame(&frames[i], opt, serial++);
		taken = send_batch(fd, messages, n);
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
	      "  --src RANGE      ADDR, ADDR/LEN or `random`\n"
	      "  --sport PORT     source port; 0: another one for each frame (5060)\n"
	      "  --method NAME    request method (OPTIONS)\n"
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

/* ADDR, ADDR/LEN or `random`; the family must be that of the destination. */
static int parse_source(const char *text, struct options *opt)
{
	char addr[INET6_ADDRSTRLEN + 1];
	const char *slash = strchrnul(text, '/');
	unsigned int all = opt->family == AF_INET ? 32 : 128;
	uint64_t len = all;
	int family;

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

static int parse_option(int c, const char *arg, struct options *opt, const char **src)
{
	uint64_t port;
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
		err = parse_number(arg, UINT16_MAX, &port);
		if (!err)
			*(c == 'p' ? &opt->dport : &opt->sport) = (uint16_t)port;
		break;
	case 'M':
		opt->method = arg;
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
		{ "help", 0, NULL, 'h' },    { 0 },
	};
	const char *src = NULL;
	int c;

	*opt = (struct options){ .dport = 5060, .sport = 5060, .method = "OPTIONS", .seconds = 10 };
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
			"flood: --src %s: not ADDR, ADDR/LEN or `random`, or not of the "
			"family of --dst\n",
			src);
		return -EINVAL;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	static struct frame model;
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
	err = build_frame(&model, &opt, src_mac);
	if (!err)
		err = flood(fd, &opt, &model);
	if (err)
		fprintf(stderr, "flood: %s: %s\n", opt.dev, strerror(-err));
	close(fd);
	return err ? 1 : 0;
}
