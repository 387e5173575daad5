/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dance: a SIP client that answers challenges as phones do, whatever it is up to.
 *
 * For the lab, where attackers must look like phones: right header, right nonce, right digest, and
 * only what becomes of their requests tells them apart. Each act is a way to behave. A phone is a
 * dancer with a socket of its own; an attacker is one dancer that goes through users in turn. All
 * of them dance at once, each has one request under way, repeats it as RFC 3261 says and gives up.
 * It prints one line of JSON: what was sent, and how many requests ended in which way.
 */
#include <netdb.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tools/dance_message.h"
#include "tools/dance_options.h"

#define MS_NS 1000000ull
#define REPEAT_MS 500 /* RFC 3261 T1; the second time twice as much */
#define DANCERS_MAX 400
#define WIRE_MAX (sizeof(struct iphdr) + sizeof(struct udphdr) + DANCE_MESSAGE_MAX)

/* Requests, each counted once by how it ended; sent counts repeats, too. */
struct tally {
	unsigned int sent, challenged, rejected, accepted, refused, silent;
};

struct dancer {
	int fd;
	unsigned int user, port, cseq;
	unsigned int try, round;
	uint64_t start_ns;  /* of the next try; 0: a request is under way, or none ever will be */
	uint64_t repeat_ns; /* 0: no more */
	uint64_t give_up_ns;
	unsigned int repeat_ms;
	bool done, credentials; /* credentials: those of the request under way */
	const struct dance_stack *stack;
	struct dance_challenge challenge; /* the last one; no nonce: none yet */
	char name[16], password[64];
	char call_id[2 * DANCE_WORD], tag[DANCE_WORD], branch[DANCE_WORD];
	struct dance_text request;
};

struct dance {
	struct options opt;
	char host[INET6_ADDRSTRLEN + 2]; /* the sender's, as it stands in a URI */
	uint64_t random;
	struct tally tally;
	unsigned int dancers;
	struct dancer dancer[DANCERS_MAX];
	struct pollfd poll[DANCERS_MAX];
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 * MS_NS + (uint64_t)t.tv_nsec;
}

/* A UDP socket from src:port to the server, or a negative errno. */
static int open_socket(const struct options *opt, unsigned int port)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
				  .ai_socktype = SOCK_DGRAM };
	struct addrinfo *src = NULL, *dst = NULL;
	int fd = -EINVAL, err = 0;
	char text[8];

	snprintf(text, sizeof(text), "%u", port);
	if (!getaddrinfo(opt->src, text, &hints, &src) &&
	    !getaddrinfo(opt->dst, "5060", &hints, &dst)) {
		fd = socket(src->ai_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0 || bind(fd, src->ai_addr, src->ai_addrlen) ||
		    connect(fd, dst->ai_addr, dst->ai_addrlen))
			err = -errno;
	}
	if (src)
		freeaddrinfo(src);
	if (dst)
		freeaddrinfo(dst);
	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

static struct dance_request request_of(struct dance *dance, struct dancer *d)
{
	const struct options *opt = &dance->opt;
	unsigned int called = opt->called_count ? (d->user + d->try) % opt->called_count : 0;

	return (struct dance_request){
		.stack = d->stack,
		.method = opt->act->method,
		.domain = opt->domain,
		.host = dance->host,
		.port = d->port,
		.user = d->name,
		.called = opt->called[called],
		.call_id = d->call_id,
		.from_tag = d->tag,
		.branch = d->branch,
		.cseq = d->cseq,
		.challenge = d->credentials ? &d->challenge : NULL,
		.password = d->password,
	};
}

/* A refusal of an earlier datagram by ICMP is told here, too; it is no error of this one. */
static int transmit(struct dance *dance, const struct dancer *d, const struct dance_text *t)
{
	dance->tally.sent++;
	return send(d->fd, t->text, t->len, 0) < 0 && errno != ECONNREFUSED ? -errno : 0;
}

static void new_branch(struct dance *dance, struct dancer *d)
{
	dance_word(&dance->random, d->stack->letters, d->stack->branch_len, d->branch);
}

static void new_tag(struct dance *dance, struct dancer *d)
{
	dance_word(&dance->random, d->stack->letters, d->stack->tag_len, d->tag);
}

static void new_call(struct dance *dance, struct dancer *d)
{
	char word[DANCE_WORD];

	dance_word(&dance->random, d->stack->letters, d->stack->call_len, word);
	snprintf(d->call_id, sizeof(d->call_id), "%s%s%s", word, d->stack->call_at_host ? "@" : "",
		 d->stack->call_at_host ? dance->host : "");
	new_tag(dance, d);
	d->cseq = 0;
}

/* A request, with credentials if there is a challenge to answer. */
static int ask(struct dance *dance, struct dancer *d)
{
	struct dance_request r;
	uint64_t now = now_ns();
	int err;

	d->cseq++;
	d->credentials = d->challenge.nonce[0];
	new_branch(dance, d);
	r = request_of(dance, d);
	err = dance_write(&d->request, &r);
	d->start_ns = 0;
	d->repeat_ms = REPEAT_MS;
	d->repeat_ns = now + REPEAT_MS * MS_NS;
	d->give_up_ns = now + dance->opt.patience_ms * MS_NS;
	return err ? err : transmit(dance, d, &d->request);
}

static void name_user(struct dance *dance, struct dancer *d)
{
	snprintf(d->name, sizeof(d->name), "%u", d->user);
	if (dance->opt.act->wrong)
		snprintf(d->password, sizeof(d->password), "guess-%u", d->try);
	else
		snprintf(d->password, sizeof(d->password), "%s%u", dance->opt.secret, d->user);
}

static int start_try(struct dance *dance, struct dancer *d)
{
	const struct act *act = dance->opt.act;

	if (act->new_call || !d->cseq)
		new_call(dance, d);
	if (act->one_call && d->try) {
		new_tag(dance, d);
		d->cseq = 1;
	}
	if (act->new_port && d->fd >= 0) {
		close(d->fd);
		d->fd = -1;
		d->port++;
	}
	if (d->fd < 0)
		d->fd = open_socket(&dance->opt, d->port);
	if (d->fd < 0)
		return d->fd;
	if (!act->old_nonce || !d->try)
		d->challenge.nonce[0] = '\0';
	name_user(dance, d);
	return ask(dance, d);
}

/* What comes after a request that has ended: another try, another user, another round, or nothing. */
static void next_try(struct dance *dance, struct dancer *d)
{
	const struct options *opt = &dance->opt;
	uint64_t wait_ms = opt->gap_ms;

	d->give_up_ns = d->repeat_ns = 0;
	if (++d->try == opt->tries) {
		d->try = 0;
		if (opt->act->together && d->user < opt->last_user)
			d->user++;
		else if (d->round < opt->waits) {
			wait_ms = 1000ull * opt->wait_s[d->round++];
			d->user = opt->act->together ? opt->first_user : d->user;
		} else {
			d->done = true;
			return;
		}
	}
	d->start_ns = now_ns() + wait_ms * MS_NS;
}

/* The ACK of a final answer that is no 2xx: in the transaction of its INVITE. */
static int acknowledge(struct dance *dance, struct dancer *d, const struct dance_answer *a)
{
	struct dance_request r = request_of(dance, d);
	struct dance_text t;
	int err;

	r.method = "ACK";
	r.to_tag = a->to_tag;
	r.challenge = NULL;
	err = dance_write(&t, &r);
	return err ? err : transmit(dance, d, &t);
}

static int final_answer(struct dance *dance, struct dancer *d, const struct dance_answer *a)
{
	struct tally *tally = &dance->tally;
	bool challenge = (a->status == 401 || a->status == 407) && a->challenge.nonce[0];

	if (challenge)
		d->challenge = a->challenge;
	if (challenge && !d->credentials) {
		tally->challenged++;
		return ask(dance, d);
	}
	if (a->status < 300)
		tally->accepted++;
	else if (challenge || (d->credentials && a->status == 403))
		tally->rejected++;
	else
		tally->refused++;
	next_try(dance, d);
	return 0;
}

static int answered(struct dance *dance, struct dancer *d, const char *text)
{
	struct dance_answer a;
	int err = 0;

	dance_read(text, &a);
	if (a.status < 100 || strcmp(a.call_id, d->call_id) || a.cseq != d->cseq || !d->give_up_ns)
		return 0;
	if (a.status < 200) {
		d->repeat_ns = 0;
		return 0;
	}
	if (!strcmp(a.method, "INVITE") && a.status >= 300)
		err = acknowledge(dance, d, &a);
	return err ? err : final_answer(dance, d, &a);
}

static int receive(struct dance *dance, struct dancer *d)
{
	char text[4 * DANCE_MESSAGE_MAX];
	ssize_t len = recv(d->fd, text, sizeof(text) - 1, 0);

	if (len < 0)
		return errno == EAGAIN || errno == ECONNREFUSED ? 0 : -errno;
	text[len] = '\0';
	return answered(dance, d, text);
}

/* Does what is due; *next_ns becomes earlier if there is more to do before it. */
static int on_time(struct dance *dance, struct dancer *d, uint64_t now, uint64_t *next_ns)
{
	const uint64_t due[] = { d->start_ns, d->repeat_ns, d->give_up_ns };
	int err = 0;

	if (d->start_ns && d->start_ns <= now) {
		err = start_try(dance, d);
	} else if (d->give_up_ns && d->give_up_ns <= now) {
		dance->tally.silent++;
		next_try(dance, d);
	} else if (d->repeat_ns && d->repeat_ns <= now) {
		d->repeat_ms *= 2;
		d->repeat_ns += d->repeat_ms * MS_NS;
		err = transmit(dance, d, &d->request);
	} else {
		for (size_t i = 0; i < 3; i++)
			*next_ns = due[i] && due[i] < *next_ns ? due[i] : *next_ns;
		return 0;
	}
	*next_ns = now;
	return err;
}

static int all_on_time(struct dance *dance, uint64_t *next_ns, unsigned int *left)
{
	uint64_t now = now_ns();
	int err = 0;

	*next_ns = now + 1000 * MS_NS;
	*left = 0;
	for (unsigned int i = 0; i < dance->dancers && !err; i++) {
		struct dancer *d = &dance->dancer[i];

		if (!d->done)
			err = on_time(dance, d, now, next_ns);
		dance->poll[i] = (struct pollfd){ .fd = d->fd, .events = POLLIN };
		*left += !d->done;
	}
	return err;
}

static int run(struct dance *dance)
{
	unsigned int left = 1;

	while (left) {
		uint64_t next_ns, now;
		int err = all_on_time(dance, &next_ns, &left);

		if (err)
			return err;
		now = now_ns();
		if (!left || poll(dance->poll, dance->dancers,
				  next_ns > now ? (int)((next_ns - now) / MS_NS) + 1 : 0) <= 0)
			continue;
		for (unsigned int i = 0; i < dance->dancers && !err; i++) {
			if (dance->poll[i].revents)
				err = receive(dance, &dance->dancer[i]);
		}
		if (err)
			return err;
	}
	return 0;
}

/* --- forged ---------------------------------------------------------------------------------- */

/* The kernel fills in the IP header's checksum; UDP's is left out, as IPv4 allows. */
static size_t forged_frame(const struct options *opt, const struct dance_text *t,
			   unsigned char frame[WIRE_MAX])
{
	struct udphdr udp = { .source = htons((uint16_t)opt->port),
			      .dest = htons(5060),
			      .len = htons((uint16_t)(sizeof(udp) + t->len)) };
	struct iphdr ip = { .version = 4,
			    .ihl = 5,
			    .ttl = (uint8_t)opt->ttl,
			    .protocol = IPPROTO_UDP,
			    .tot_len = htons((uint16_t)(sizeof(ip) + sizeof(udp) + t->len)) };

	inet_pton(AF_INET, opt->src, &ip.saddr);
	inet_pton(AF_INET, opt->dst, &ip.daddr);
	memcpy(frame, &ip, sizeof(ip));
	memcpy(frame + sizeof(ip), &udp, sizeof(udp));
	memcpy(frame + sizeof(ip) + sizeof(udp), t->text, t->len);
	return sizeof(ip) + sizeof(udp) + t->len;
}

static int forge_one(struct dance *dance, int fd, struct dancer *d)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	unsigned char frame[WIRE_MAX];
	struct dance_request r;
	size_t len;
	int err;

	snprintf(d->challenge.realm, sizeof(d->challenge.realm), "%s", dance->opt.domain);
	dance_word(&dance->random, "0123456789abcdefABCDEF", 32, d->challenge.nonce);
	new_call(dance, d);
	new_branch(dance, d);
	name_user(dance, d);
	d->cseq = 2;
	d->credentials = true;
	r = request_of(dance, d);
	err = dance_write(&d->request, &r);
	if (err)
		return err;
	len = forged_frame(&dance->opt, &d->request, frame);
	inet_pton(AF_INET, dance->opt.dst, &to.sin_addr);
	if (sendto(fd, frame, len, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	dance->tally.sent++;
	return 0;
}

static int forge(struct dance *dance)
{
	const struct options *opt = &dance->opt;
	const struct timespec gap = { .tv_sec = opt->gap_ms / 1000,
				      .tv_nsec = opt->gap_ms % 1000 * (long)MS_NS };
	struct dancer *d = &dance->dancer[0];
	int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	int err = fd < 0 ? -errno : 0;

	for (d->user = opt->first_user; d->user <= opt->last_user && !err; d->user++) {
		for (d->try = 0; d->try < opt->tries && !err; d->try++) {
			err = forge_one(dance, fd, d);
			nanosleep(&gap, NULL);
		}
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static int begin(struct dance *dance)
{
	const struct options *opt = &dance->opt;
	unsigned int users = opt->act->together ? 1 : opt->last_user - opt->first_user + 1;
	uint64_t now = now_ns();

	if (users > DANCERS_MAX || opt->port + users > 65536)
		return -E2BIG;
	snprintf(dance->host, sizeof(dance->host), strchr(opt->src, ':') ? "[%s]" : "%s", opt->src);
	dance->random = opt->seed ? opt->seed : now;
	dance->dancers = users;
	for (unsigned int i = 0; i < users; i++) {
		unsigned int stack = (unsigned int)((opt->seed + i) % DANCE_STACKS);

		dance->dancer[i] = (struct dancer){ .fd = -1,
						    .user = opt->first_user + i,
						    .port = opt->port + i,
						    .stack = &dance_stacks[stack],
						    .start_ns = now + i * opt->stagger_ms * MS_NS };
	}
	return 0;
}

int main(int argc, char **argv)
{
	static struct dance dance;
	const struct tally *tally = &dance.tally;
	int err = dance_options(argc, argv, &dance.opt);

	if (err < 0)
		dance_usage(stderr);
	if (err)
		return err < 0 ? 2 : 0;
	err = begin(&dance);
	if (!err)
		err = dance.opt.act->forged ? forge(&dance) : run(&dance);
	printf("{\"act\":\"%s\",\"sent\":%u,\"challenged\":%u,\"rejected\":%u,\"accepted\":%u,"
	       "\"refused\":%u,\"silent\":%u}\n",
	       dance.opt.act->name, tally->sent, tally->challenged, tally->rejected,
	       tally->accepted, tally->refused, tally->silent);
	if (err)
		fprintf(stderr, "dance: from %s to %s: %s\n", dance.opt.src, dance.opt.dst,
			strerror(-err));
	return err ? 1 : 0;
}
