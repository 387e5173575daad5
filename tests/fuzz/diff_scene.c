// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/diff_scene.h"

#include <bpf/bpf.h>
#include <string.h>

#include "tests/fuzz/diff_dialog.h"
#include "user/names.h"

#define SECOND 1000000000ULL
#define STEPS_MIN 6
#define STEPS_MAX 48
#define TCP_PROOF_SECONDS 60 /* a TCP peer is proven once in this time */
#define RENEWAL_SECONDS 64   /* a registration holds so much longer than it says */
#define HOLD_SECONDS 3
#define HOLD_ATTEMPTS 6
#define DEBT_PAID 4	 /* by accepted credentials */
#define SCENE_SECONDS 30 /* at most: so long every transaction is remembered */

/* A REGISTER is for the user that it names in To, all else from that in From. */
enum account { ACCOUNT_TO, ACCOUNT_FROM, ACCOUNTS };

enum proof { PROOF_NONE, PROOF_SHARED, PROOF_OWN };

/* What the model knows of a peer. Times are nanoseconds since the scene began; 0: never. */
struct peer {
	__u64 expires;
	__u64 trusted_until;
	__u64 held_until;
	__u64 proven; /* the last proof */
	__u32 proofs;
	__u32 rejected_ids;
	__u32 debt;
	__u8 why;
	__u8 trusted_why;
	__u8 spoken_against;
	__u8 flow[DIALOG_PORTS];
	__u64 failures[ACCOUNTS]; /* when those that were rejected are paid off */
};

struct exchange {
	struct dialog request;
	__u8 seen;	  /* let through after it was read */
	__u8 credentials; /* enum proof, until it is answered */
};

struct scene {
	struct random *r;
	struct kernel *k;
	scene_run *run;
	FILE *to;
	__u64 now;    /* from 1 on */
	__u32 hero;   /* the peer that most is about */
	__u32 harsh;  /* of a hundred answers so many reject */
	__u64 number; /* makes its tokens those of no other */
	struct peer peer[DIALOG_PEERS];
	struct exchange exchange[STEPS_MAX];
	__u32 exchanges;
	__u8 nonce_to[DIALOG_TOKENS]; /* a bit for each peer that was sent it */
	__u8 tag_to[DIALOG_TOKENS];
};

static enum standing_state state_of(const struct scene *s, const struct peer *p)
{
	if (p->expires <= s->now)
		return STANDING_UNKNOWN;
	if (p->trusted_until > s->now)
		return STANDING_TRUSTED;
	return p->proven ? STANDING_PROVEN : STANDING_UNKNOWN;
}

static enum proof proof_of(__u8 sent_to, __u32 peer)
{
	if (!(sent_to >> peer & 1))
		return PROOF_NONE;
	return sent_to == 1U << peer ? PROOF_OWN : PROOF_SHARED;
}

/* A peer whose standing has run out begins anew. */
static void wake(const struct scene *s, struct peer *p)
{
	struct peer before = *p;

	if (p->expires > s->now)
		return;
	memset(p, 0, sizeof(*p));
	memcpy(p->flow, before.flow, sizeof(p->flow));
	memcpy(p->failures, before.failures, sizeof(p->failures));
}

/* Returns whether it was not proven before. */
static int prove(const struct scene *s, struct peer *p, __u8 why)
{
	__u64 until = s->now + KERNEL_PROVEN_SECONDS * SECOND;
	int before;

	wake(s, p);
	before = p->proven != 0;
	if (why == WHY_TCP && before && p->proven + TCP_PROOF_SECONDS * SECOND > s->now)
		return 0;
	if (!before || why != WHY_TO_TAG)
		p->why = why;
	p->proven = s->now;
	p->proofs++;
	if (p->expires < until)
		p->expires = until;
	return !before;
}

/* --- requests ---------------------------------------------------------------------------------*/

static int opens_nothing(enum dialog_method method)
{
	return method == DIALOG_ACK || method == DIALOG_BYE;
}

/* What a request that is let through proves. */
static void take_request(struct scene *s, struct exchange *e)
{
	const struct dialog *d = &e->request;
	struct peer *p = &s->peer[d->peer];

	e->seen = 1;
	if (d->nonce) {
		e->credentials = proof_of(s->nonce_to[d->nonce], d->peer);
		if (e->credentials == PROOF_OWN)
			prove(s, p, WHY_NONCE);
	} else if (opens_nothing(d->method) && d->tag &&
		   proof_of(s->tag_to[d->tag], d->peer) == PROOF_OWN) {
		prove(s, p, WHY_TO_TAG);
	}
}

static int enforced(const struct scene *s, enum reason reason)
{
	return s->k->policy.mode == ACTION_ENFORCE && s->k->policy.action[reason] == ACTION_ENFORCE;
}

static __u64 *failures_of(struct peer *p, const struct dialog *d)
{
	return &p->failures[d->method == DIALOG_REGISTER ? ACCOUNT_TO : ACCOUNT_FROM];
}

static int failed_too_often(const struct scene *s, __u64 failures)
{
	return failures > s->now + KERNEL_FAILURE_SECONDS * SECOND * (KERNEL_FAILURES - 1);
}

static void expect_request(struct scene *s, struct exchange *e, struct verdict_record *want)
{
	const struct dialog *d = &e->request;
	struct peer *p = &s->peer[d->peer];
	enum standing_state state = state_of(s, p);

	want->standing = state;
	if (state == STANDING_TRUSTED && p->flow[d->port]) {
		want->reason = REASON_KNOWN;
		return;
	}
	if (state != STANDING_TRUSTED && p->held_until > s->now && enforced(s, REASON_HELD)) {
		want->reason = REASON_HELD;
		return;
	}
	if (state == STANDING_TRUSTED)
		want->standing = STANDING_PROVEN;
	want->reason = REASON_RETRANSMISSION;
	if (e->seen)
		return;
	want->reason = REASON_USER_FAILURES;
	if (want->standing == STANDING_PROVEN && d->nonce && enforced(s, REASON_USER_FAILURES) &&
	    failed_too_often(s, *failures_of(p, d)))
		return;
	want->reason = REASON_REQUEST;
	take_request(s, e);
}

/* --- answers ----------------------------------------------------------------------------------*/

/* Rejected credentials are held against who alone can have sent them. */
static void reject(struct scene *s, const struct dialog *d, struct peer *p)
{
	__u64 *failures = failures_of(p, d);

	if (!failed_too_often(s, *failures))
		*failures =
			(*failures > s->now ? *failures : s->now) + KERNEL_FAILURE_SECONDS * SECOND;
	p->flow[d->port] = 0;
	p->spoken_against = 1;
	p->rejected_ids++;
	p->debt++;
	if (p->rejected_ids >= HOLD_ATTEMPTS && p->proven && state_of(s, p) != STANDING_TRUSTED)
		p->held_until = s->now + HOLD_SECONDS * SECOND;
}

/* Credentials were accepted. */
static void accept(struct scene *s, const struct exchange *e, struct peer *p)
{
	__u64 *failures = failures_of(p, &e->request);

	if ((e->credentials == PROOF_OWN || p->spoken_against) && *failures > s->now)
		*failures = 0;
	p->rejected_ids = 0;
	p->debt = p->debt > DEBT_PAID ? p->debt - DEBT_PAID : 0;
}

static void note_answer(struct scene *s, struct exchange *e, __u32 status, int accepts)
{
	struct peer *p = &s->peer[e->request.peer];
	int opens = !opens_nothing(e->request.method) && e->request.method != DIALOG_OPTIONS;

	if (p->expires <= s->now)
		return;
	if (status == 401 || status == 407 || (status == 403 && opens)) {
		if (e->credentials == PROOF_OWN)
			reject(s, &e->request, p);
	} else if (status / 100 == 2 && opens && accepts) {
		accept(s, e, p);
	} else if (status == 404 && opens && e->credentials == PROOF_OWN) {
		p->spoken_against = 1;
	}
}

static void trust(struct scene *s, const struct dialog *d, const struct dialog_answer *a,
		  struct verdict_record *want)
{
	struct peer *p = &s->peer[d->peer];
	__u64 seconds = KERNEL_TRUST_SECONDS;
	enum standing_state before = state_of(s, p);

	if (d->method == DIALOG_REGISTER && a->expires)
		seconds = a->expires - 1 + RENEWAL_SECONDS;
	wake(s, p);
	if (p->trusted_until < s->now + seconds * SECOND)
		p->trusted_until = s->now + seconds * SECOND;
	if (p->expires < p->trusted_until)
		p->expires = p->trusted_until;
	p->trusted_why = d->method == DIALOG_REGISTER ? WHY_2XX_REGISTER : WHY_2XX_INVITE;
	p->flow[d->port] = 1;
	want->standing = STANDING_TRUSTED;
	if (before != STANDING_TRUSTED)
		want->reason = REASON_EGRESS_LEARNED;
}

static void expect_answer(struct scene *s, struct exchange *e, const struct dialog_answer *a,
			  struct verdict_record *want)
{
	const struct dialog *d = &e->request;
	struct peer *p = &s->peer[d->peer];
	int accepts = e->credentials || (d->method == DIALOG_REGISTER && p->flow[d->port] &&
					 state_of(s, p) == STANDING_TRUSTED);

	want->reason = REASON_EGRESS_OTHER;
	if (a->status < 200)
		return;
	if (a->status == 401 || a->status == 407)
		s->nonce_to[a->nonce] |= 1U << d->peer;
	note_answer(s, e, a->status, accepts);
	if (a->status < 300 && d->method == DIALOG_INVITE)
		s->tag_to[a->tag] |= 1U << d->peer;
	if (a->status < 300 && accepts &&
	    (d->method == DIALOG_REGISTER || d->method == DIALOG_INVITE))
		trust(s, d, a, want);
	e->credentials = PROOF_NONE;
}

/* --- steps ------------------------------------------------------------------------------------*/

/* Runs a frame and compares. */
static int compare(struct scene *s, enum entry entry, const struct dialog_frame *frame,
		   const struct verdict_record *want)
{
	struct verdict_record got;
	int err = s->run(entry, frame->at, frame->len, &got);

	if (err)
		return err;
	fprintf(s->to, "  %3llu s: %s, %s\n", (unsigned long long)(s->now / SECOND),
		reason_name(got.reason), standing_name(got.standing));
	if (got.reason == want->reason && got.standing == want->standing)
		return 0;
	fprintf(s->to, "  verdict: kernel %s (%s), model %s (%s)\n", reason_name(got.reason),
		standing_name(got.standing), reason_name(want->reason),
		standing_name(want->standing));
	return 1;
}

static int wait_for(struct scene *s, __u64 ns)
{
	if (s->now + ns > SCENE_SECONDS * SECOND)
		return 0;
	s->now += ns;
	return kernel_wait(s->k, ns);
}

static __u32 any_peer(struct scene *s)
{
	return random_percent(s->r, 70) ? s->hero : random_below(s->r, DIALOG_PEERS);
}

/* Mostly one that no other peer gets. */
static __u32 any_token(struct scene *s, __u32 peer)
{
	return random_percent(s->r, 70) ? 1 + peer : 1 + random_below(s->r, DIALOG_TOKENS - 1);
}

/* A new request of a peer. */
static void invent(struct scene *s, struct dialog *d)
{
	d->id = s->exchanges;
	d->peer = any_peer(s);
	d->port = random_percent(s->r, 30);
	d->method = random_below(s->r, DIALOG_METHODS);
	d->nonce = random_percent(s->r, 70) ? any_token(s, d->peer) : 0;
	d->tag = opens_nothing(d->method) ? any_token(s, d->peer) : 0;
}

static int step_request(struct scene *s)
{
	struct verdict_record want = { 0 };
	struct dialog_frame frame;
	struct exchange *e;

	if (s->exchanges && random_percent(s->r, 20)) {
		e = &s->exchange[random_below(s->r, s->exchanges)];
	} else {
		e = &s->exchange[s->exchanges++];
		invent(s, &e->request);
	}
	dialog_request(&e->request, s->number, &frame);
	dialog_tell(&e->request, s->to);
	expect_request(s, e, &want);
	return compare(s, random_percent(s->r, 50) ? ENTRY_XDP : ENTRY_FRAGS, &frame, &want);
}

static int step_answer(struct scene *s)
{
	static const __u16 statuses[] = { 100, 180, 200, 200, 200, 202, 401, 407, 403, 404, 503 };
	struct verdict_record want = { 0 };
	struct dialog_answer answer = { 0 };
	struct dialog_frame frame;
	struct exchange *e;

	if (!s->exchanges)
		return 0;
	e = &s->exchange[random_percent(s->r, 70) ? s->exchanges - 1
						  : random_below(s->r, s->exchanges)];
	answer.status = random_percent(s->r, s->harsh) ? 401 : random_of(s->r, statuses);
	answer.nonce = any_token(s, e->request.peer);
	answer.tag = any_token(s, e->request.peer);
	answer.expires = random_percent(s->r, 60) ? 1 + random_below(s->r, 4) : 0;
	dialog_answer(&e->request, &answer, s->number, &frame);
	dialog_tell_answer(&answer, &e->request, s->to);
	expect_answer(s, e, &answer, &want);
	return compare(s, ENTRY_EGRESS, &frame, &want);
}

/* The server asks a peer over a connection that it has. */
static int step_tcp(struct scene *s)
{
	struct verdict_record want = { .reason = REASON_EGRESS_OTHER };
	__u32 peer = random_below(s->r, DIALOG_PEERS);
	struct dialog_frame frame;

	dialog_tcp(peer, s->number, &frame);
	fprintf(s->to, "  TCP to peer %u\n", peer);
	if (prove(s, &s->peer[peer], WHY_TCP))
		want.reason = REASON_EGRESS_LEARNED;
	return compare(s, ENTRY_EGRESS, &frame, &want);
}

static int step(struct scene *s)
{
	__u32 what = random_below(s->r, 100);

	if (what < 50)
		return step_request(s);
	if (what < 92)
		return step_answer(s);
	if (what < 94)
		return step_tcp(s);
	return wait_for(s, (1 + random_below(s->r, 7)) * SECOND);
}

/* --- the end ----------------------------------------------------------------------------------*/

static int compare_number(struct scene *s, __u32 peer, const char *name, __u64 got, __u64 want)
{
	if (got == want)
		return 0;
	fprintf(s->to, "  peer %u: %s: kernel %llu, model %llu\n", peer, name,
		(unsigned long long)got, (unsigned long long)want);
	return 1;
}

static int compare_peer(struct scene *s, __u32 i)
{
	const struct peer *p = &s->peer[i];
	struct standing got = { 0 };
	struct addr key;
	int n = 0, live;

	dialog_key(i, &key);
	if (store_standing_get(shield_store(s->k->shield), &key, &got))
		memset(&got, 0, sizeof(got));
	live = p->expires > s->now;
	n += compare_number(s, i, "in standing", got.expires_ns > s->k->control.replay_now_ns,
			    live);
	if (n || !live)
		return n;
	n += compare_number(s, i, "proofs", got.proofs, p->proofs);
	n += compare_number(s, i, "proof", got.why, p->why);
	n += compare_number(s, i, "reason of trust", got.trusted_why, p->trusted_why);
	n += compare_number(s, i, "debt", got.debt, p->debt);
	return n + compare_number(s, i, "held", got.held_until_ns > s->k->control.replay_now_ns,
				  p->held_until > s->now);
}

int scene_play(__u64 seed, __u64 name, struct kernel *k, scene_run *run, FILE *to)
{
	struct random r = { .state = seed };
	struct scene s = { .r = &r, .k = k, .run = run, .to = to, .now = 1, .number = name };
	__u32 steps = STEPS_MIN + random_below(&r, STEPS_MAX - STEPS_MIN);
	int n = kernel_forget(k);

	s.hero = random_below(&r, DIALOG_PEERS);
	s.harsh = random_percent(&r, 40) ? 90 : 0;
	for (__u32 i = 0; i < steps && !n; i++)
		n = step(&s);
	for (__u32 i = 0; i < DIALOG_PEERS && !n; i++)
		n = compare_peer(&s, i);
	return n;
}
