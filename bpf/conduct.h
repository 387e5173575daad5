/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the server's answers say of a source in good standing. Rates tell floods; outcomes tell
 * attackers, who are slower than a phone with a mistyped password. Pure: time is an argument.
 *
 * An answer speaks for the source (2xx), against it (nobody of that name, forbidden, credentials
 * rejected) or says nothing: a busy, absent or declining callee, a cancelled call and a failing
 * server are nobody's fault, and a call centre has many of them. A first 401 or 407 asks for
 * credentials, and each phone gets one for each registration.
 *
 * Only what nobody else can have sent speaks against a source: over UDP anybody can ask in its name.
 */
#ifndef SIPSHIELD_CONDUCT_H
#define SIPSHIELD_CONDUCT_H

#include "bpf/earned.h"
#include "bpf/env.h"
#include "bpf/sketch.h"
#include "maps/types.h"

/* After each window half of what was counted is forgotten; of two windows without an answer, all. */
#define CONDUCT_WINDOW_NS (24 * 3600 * 1000000000ULL)
#define CONDUCT_HOLD_IDS 6  /* attempts with rejected credentials that hold a source */
#define CONDUCT_DEBT_PAID 4 /* rejected credentials that accepted ones make up for */
#define CONDUCT_PATIENCE 32 /* challenges not taken up, or INVITEs without ACK, that say nothing */

/* Answer of conduct_answer(). */
#define CONDUCT_AGAINST 1U /* it speaks against the source */
#define CONDUCT_HOLD 2U	   /* the source is to wait for the agent's judgement */

/* One final answer to a source. Hashes are mixed and secret; 0: the message has no such field. */
struct conduct_facts {
	__u64 user_hash;    /* user of the To */
	__u64 caller_hash;  /* user of the From */
	__u64 call_hash;    /* Call-ID */
	__u64 tag_hash;	    /* tag of the From */
	__u32 cseq;	    /* number of the CSeq */
	__u16 status;	    /* 200 to 699 */
	__u8 method;	    /* of the CSeq, enum sip_method */
	__u8 authenticated; /* 1: the request had credentials with a nonce that was sent to it */
	__u8 stale;	    /* 1: the credentials are refused for their nonce's age alone */
	__u8 own; /* 1: that nonce was sent to nobody else, or the request came over TCP */
};

enum conduct_verdict {
	CONDUCT_NOTHING,
	CONDUCT_CHALLENGED,
	CONDUCT_ACCEPTED,
	CONDUCT_FORBIDDEN,
	CONDUCT_NOT_FOUND,
	CONDUCT_REJECTED,
};

/*
 * Does the method open something that a server grants to some and refuses to others? What is sent
 * within a dialog it does not ask for again, and OPTIONS and CANCEL it answers to anybody.
 */
static __always_inline int conduct_opens(__u8 method)
{
	switch (method) {
	case SIP_METHOD_OTHER:
	case SIP_METHOD_INVITE:
	case SIP_METHOD_REGISTER:
	case SIP_METHOD_SUBSCRIBE:
	case SIP_METHOD_PUBLISH:
	case SIP_METHOD_MESSAGE:
	case SIP_METHOD_REFER:
		return 1;
	default:
		return 0;
	}
}

/* Presence: a server without it refuses a phone's whole list of colleagues, again and again. */
static __always_inline int conduct_presence(__u8 method)
{
	return method == SIP_METHOD_SUBSCRIBE || method == SIP_METHOD_PUBLISH;
}

/* What an answer says. Credentials are rejected whatever the method that they were tried with. */
static __always_inline enum conduct_verdict conduct_verdict(const struct conduct_facts *a)
{
	__u16 status = a->status;

	if ((status == 401 || status == 407) && a->authenticated && !a->stale)
		return CONDUCT_REJECTED;
	if (!conduct_opens(a->method))
		return CONDUCT_NOTHING;
	if (status == 401 || status == 407)
		return CONDUCT_CHALLENGED;
	if (status >= 200 && status < 300)
		return CONDUCT_ACCEPTED;
	if (status == 403)
		return a->authenticated && !conduct_presence(a->method) ? CONDUCT_REJECTED
									: CONDUCT_FORBIDDEN;
	if (status == 404 || status == 410 || status == 484 || status == 604)
		return CONDUCT_NOT_FOUND;
	return CONDUCT_NOTHING;
}

/* The user whose credentials a request carries, as far as its answer tells. 0: unknown. */
static __always_inline __u64 conduct_account(__u8 method, __u64 user_hash, __u64 caller_hash)
{
	return method == SIP_METHOD_REGISTER ? user_hash : caller_hash;
}

static __always_inline __u64 conduct_bit(__u64 hash)
{
	return hash ? 1ULL << (hash >> 8 & 63) : 0;
}

static __always_inline __u32 conduct_word(__u64 hash)
{
	return hash >> 14 & 3;
}

/* Forgets half: which bits go depends on when the window began. */
static __always_inline void conduct_halve(struct standing *s)
{
	struct conduct *c = &s->conduct;

	for (int i = 0; i < 4; i++)
		c->users[i] &= mix64(c->since_ns + i);
	c->callers &= mix64(c->since_ns);
	c->rejected_calls[0] = 0;
	c->rejected_calls[1] = 0;
	c->answered /= 2;
	c->accepted /= 2;
	c->rejected /= 2;
	c->not_found /= 2;
	c->challenged /= 2;
	c->taken_up /= 2;
	c->invites /= 2;
	c->acked /= 2;
	c->rejected_ids /= 2;
	c->suspicion /= 2;
	c->hits /= 2;
	c->since_ns += CONDUCT_WINDOW_NS;
	s->debt /= 2;
}

/* Makes the window that of now. */
static __always_inline void conduct_age(struct standing *s, __u64 now_ns)
{
	struct conduct *c = &s->conduct;

	if (now_ns < c->since_ns)
		return;
	if (now_ns - c->since_ns >= 2 * CONDUCT_WINDOW_NS) {
		*c = (struct conduct){ .since_ns = now_ns };
		s->debt = 0;
	} else if (now_ns - c->since_ns >= CONDUCT_WINDOW_NS) {
		conduct_halve(s);
	}
}

/*
 * Which attempt rejected credentials belong to. A phone tries again within its Call-ID and counts
 * the CSeq up, many times in a row: one attempt. Who repeats a CSeq with another From tag tries
 * something else each time; with the same tag it is the same answer once more.
 */
static __always_inline __u64 conduct_attempt(const struct conduct *c, const struct conduct_facts *a)
{
	if ((__u32)(a->call_hash >> 32) == c->last_call && a->cseq <= c->last_cseq &&
	    (__u32)a->tag_hash != c->last_tag)
		return hash_with(a->call_hash, a->tag_hash);
	return a->call_hash;
}

/* Counts an attempt that is new: four bits in a filter of 128. */
static __always_inline void conduct_reject(struct standing *s, const struct conduct_facts *a)
{
	struct conduct *c = &s->conduct;
	__u64 hash = conduct_attempt(c, a);
	__u64 low = 1ULL << (hash & 63) | 1ULL << (hash >> 6 & 63);
	__u64 high = 1ULL << (hash >> 12 & 63) | 1ULL << (hash >> 18 & 63);

	c->rejected++;
	if (s->debt < EARNED_DEBT_MAX)
		s->debt++;
	if ((c->rejected_calls[0] & low) != low || (c->rejected_calls[1] & high) != high)
		c->rejected_ids++;
	c->rejected_calls[0] |= low;
	c->rejected_calls[1] |= high;
	c->last_call = a->call_hash >> 32;
	c->last_cseq = a->cseq;
	c->last_tag = a->tag_hash;
}

/* A 2xx clears the user and the caller; one to credentials, what was rejected before. */
static __always_inline void conduct_accept(struct standing *s, const struct conduct_facts *a)
{
	struct conduct *c = &s->conduct;

	c->accepted++;
	c->users[conduct_word(a->user_hash)] &= ~conduct_bit(a->user_hash);
	c->callers &= ~conduct_bit(a->caller_hash);
	if (!a->authenticated)
		return;
	c->rejected_calls[0] = 0;
	c->rejected_calls[1] = 0;
	c->rejected_ids = 0;
	c->last_call = 0;
	s->debt = s->debt > CONDUCT_DEBT_PAID ? s->debt - CONDUCT_DEBT_PAID : 0;
}

/* Asked in vain. */
static __always_inline void conduct_refuse(struct standing *s, const struct conduct_facts *a,
					   enum conduct_verdict verdict)
{
	struct conduct *c = &s->conduct;

	if (verdict == CONDUCT_REJECTED)
		conduct_reject(s, a);
	else if (verdict == CONDUCT_NOT_FOUND)
		c->not_found++;
	c->users[conduct_word(a->user_hash)] |= conduct_bit(a->user_hash);
	c->callers |= conduct_bit(a->caller_hash);
}

/* Does it count, if it is no 2xx? */
static __always_inline int conduct_heeds(const struct conduct_facts *a,
					 enum conduct_verdict verdict, int trusted)
{
	if (!a->own)
		return 0;
	return !trusted || !conduct_presence(a->method) ||
	       (verdict != CONDUCT_FORBIDDEN && verdict != CONDUCT_NOT_FOUND);
}

/*
 * Counts a final answer (200 and above) to a source with a live standing, in place. Returns
 * CONDUCT_ bits. Answers of several CPUs at once may lose a count.
 */
static __always_inline __u32 conduct_answer(struct standing *s, const struct conduct_facts *a,
					    __u64 now_ns)
{
	int trusted = standing_state_of(s, now_ns) == STANDING_TRUSTED, against;
	enum conduct_verdict verdict = conduct_verdict(a);
	struct conduct *c = &s->conduct;

	conduct_age(s, now_ns);
	if (verdict != CONDUCT_ACCEPTED && !conduct_heeds(a, verdict, trusted))
		return 0;
	against = verdict >= CONDUCT_FORBIDDEN;
	c->taken_up += a->authenticated;
	c->challenged += verdict == CONDUCT_CHALLENGED;
	c->answered += verdict >= CONDUCT_ACCEPTED;
	/* a trusted source's ACKs are not looked at */
	c->invites += a->method == SIP_METHOD_INVITE && a->own && !trusted;
	if (verdict == CONDUCT_ACCEPTED)
		conduct_accept(s, a);
	else if (against)
		conduct_refuse(s, a, verdict);
	if (against || c->challenged > c->taken_up + CONDUCT_PATIENCE ||
	    c->invites > c->acked + CONDUCT_PATIENCE)
		c->last_ns = now_ns;
	if (verdict == CONDUCT_REJECTED && c->rejected_ids >= CONDUCT_HOLD_IDS && !trusted &&
	    standing_proven(s, now_ns))
		return CONDUCT_AGAINST | CONDUCT_HOLD;
	return against ? CONDUCT_AGAINST : 0;
}

/* A message that only the source can have sent hit checks that weigh so much. */
static __always_inline void conduct_suspect(struct standing *s, __u32 weight, __u64 now_ns)
{
	conduct_age(s, now_ns);
	s->conduct.suspicion += weight;
	s->conduct.hits++;
	s->conduct.last_ns = now_ns;
}

/* An ACK came from the source. */
static __always_inline void conduct_ack(struct standing *s)
{
	s->conduct.acked++;
}

static __always_inline __u32 conduct_count(__u64 bits)
{
	bits -= bits >> 1 & 0x5555555555555555ULL;
	bits = (bits & 0x3333333333333333ULL) + (bits >> 2 & 0x3333333333333333ULL);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return bits * 0x0101010101010101ULL >> 56;
}

/* How many things were hashed into a set of `size` bits of which `set` are set; size: all. */
static __always_inline __u32 conduct_distinct(__u32 set, __u32 size)
{
	__u64 draws = 0; /* in 1/1024: the i-th bit takes size / (size - i) things to be set */

	for (__u32 i = 0; i < set && i < size; i++)
		draws += 1024ULL * size / (size - i);
	return (draws + 512) >> 10;
}

/* Users that were asked for in vain, about; for userspace. */
static __always_inline __u32 conduct_users(const struct conduct *c)
{
	return conduct_distinct(conduct_count(c->users[0]) + conduct_count(c->users[1]) +
					conduct_count(c->users[2]) + conduct_count(c->users[3]),
				256);
}

/* From users that asked in vain, about; for userspace. */
static __always_inline __u32 conduct_callers(const struct conduct *c)
{
	return conduct_distinct(conduct_count(c->callers), 64);
}

#endif
