/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request whose header is read: strangers, and known sources that are over their budget. */
#ifndef SIPSHIELD_INSPECT_H
#define SIPSHIELD_INSPECT_H

#include "bpf/budget.h"
#include "bpf/failure.h"
#include "bpf/grey.h"
#include "bpf/payload.h"
#include "bpf/pending.h"
#include "bpf/proof.h"
#include "bpf/signature_stage.h"
#include "bpf/sip_line.h"
#include "bpf/sip_sweep.h"
#include "bpf/suspect.h"
#include "bpf/transaction.h"
#include "bpf/verdict.h"
#include "checks.h"

/* Bits of sip_fields.hits. */
enum check {
#define CHECK(id, name, weight, action, sentence) CHECK_##id,
#include "maps/checks.def"
#undef CHECK
	CHECK_MAX,
};
_Static_assert(CHECK_MAX <= 64, "sip_fields.hits holds all checks");

/* Reads the fields and runs all checks on them. Returns whether any hits; which, the fields tell. */
__subprog int inspect_checks(struct facts *packet, struct sip_scratch *sip,
			     struct sip_fields *fields)
{
	const struct request r = { .packet = packet, .sip = sip, .fields = fields };

	if (!packet || !sip || !fields)
		return 0;
	fields_request(sip, fields);
	fields->hits = 0;
#define CHECK(id, name, weight, action, sentence)                                                  \
	if (check_##id(&r))                                                                        \
		fields->hits |= 1ULL << CHECK_##id;
#include "maps/checks.def"
#undef CHECK
	return fields->hits != 0;
}

/*
 * A check has hit: answers with its reason if it is enforced, else CONTINUE. One that the mode keeps
 * from being scored is not noted: under enforce it would not drop either.
 */
static __always_inline int inspect_hit(struct packet *p, __u32 reason, __u32 weight)
{
	if (rule_action(p->policy, reason) >= ACTION_SCORE)
		suspect_add(p, reason, weight);
	else if (p->policy->action[reason & 127] == ACTION_SCORE)
		return CONTINUE;
	return refuse(p, reason);
}

/* The first of the checks that hit which is enforced, or CONTINUE. Adds up what they weigh. */
__subprog int inspect_hits(struct facts *f, const struct policy *policy, __u64 hits)
{
	struct packet packet = { .f = f, .policy = policy };
	struct packet *p = &packet;

	if (!f || !policy)
		return CONTINUE;
#define CHECK(id, name, weight, action, sentence)                                                  \
	if (hits >> CHECK_##id & 1 &&                                                              \
	    inspect_hit(p, REASON_CHECK_##id, WEIGHT_##weight) != CONTINUE)                        \
		return REASON_CHECK_##id;
#include "maps/checks.def"
#undef CHECK
	return CONTINUE;
}

static __always_inline int inspect_credentials(const struct message *m)
{
	return m->sip.facts.seen[SIP_HEADER_AUTHORIZATION] ||
	       m->sip.facts.seen[SIP_HEADER_PROXY_AUTHORIZATION];
}

static __always_inline int inspect_structure(struct packet *p, struct message *m)
{
	int hit = CONTINUE;

	suspect_clear(p);
	if (m->sip.facts.kind == SIP_KIND_REQUEST)
		sip_sweep(&m->sip);
	if (inspect_checks(p->f, &m->sip, &m->fields))
		hit = inspect_hits(p->f, p->policy, m->fields.hits);
	if (hit == CONTINUE)
		hit = signature_stage(p, m);
	if (hit == CONTINUE)
		return hit;
	suspect_note(p, 0);
	if (p->f->standing == STANDING_PROVEN && m->sip.facts.seen[SIP_HEADER_AUTHORIZATION] &&
	    proof_of_header(p, m, SIP_HEADER_AUTHORIZATION) == TOKEN_OWN)
		suspect_bound(p->f);
	return hit;
}

/*
 * Credentials whose answer will not be known for theirs could be guesses that nobody counts: they
 * prove nothing, and who has proven himself pays for them as a stranger. Returns 1 if it is so.
 */
static __always_inline int inspect_unanswerable(struct packet *p, struct message *m, __u64 hash)
{
	if (!inspect_credentials(m) || (hash && proof_answerable(&m->sip)))
		return 0;
	if (p->f->standing == STANDING_PROVEN) {
		p->f->standing = STANDING_UNKNOWN;
		p->f->row = STANDING_UNKNOWN;
		p->f->share = 0;
	}
	return 1;
}

/*
 * Retransmissions of what was let through pass; a new transaction pays. What is suspect of a
 * stranger is noted within the lane alone, so that a forged flood cannot buy a note for each packet.
 */
static __always_inline int inspect_transaction(struct packet *p, struct message *m)
{
	const struct sip_facts *sip = &m->sip.facts;
	__u64 hash = transaction_hash(p, p->f->hash, m), repeat = transaction_repeat(m, hash);
	int answer, blind;

	if (transaction_seen(&transactions, repeat, p->f->now_ns))
		return budget_light(p, CLASS_RETRANSMISSION, LANE_REPEAT,
				    REASON_RETRANSMISSION_RATE, REASON_RETRANSMISSION);
	blind = inspect_unanswerable(p, m, hash);
	if (p->f->standing == STANDING_PROVEN && inspect_credentials(m) &&
	    failure_over(p->f, p->policy, failure_account(p, m))) {
		answer = refuse(p, REASON_USER_FAILURES);
		if (answer != CONTINUE)
			return answer;
	}
	answer = budget_request(p, 1);
	if (answer == REASON_GREYLIST)
		return answer;
	if (answer != CONTINUE) {
		suspect_note(p, answer);
		return answer;
	}
	if (p->f->suspicion)
		suspect_note(p, 0);
	if (p->f->standing == STANDING_UNKNOWN && p->f->lane == LANE_RETURN && !p->f->demoted)
		grey_source_add(p);
	transaction_add(&transactions, repeat, p->f->now_ns);
	health_asked(p, proof_answerable(&m->sip) ? hash : 0);
	if (inspect_credentials(m)) {
		if (!blind && proof_of_credentials(p, m, hash) == TOKEN_OWN && p->f->suspicion)
			suspect_bound(p->f);
	} else if (p->f->class == CLASS_DIALOG) {
		proof_of_dialog(p, m);
		if (p->f->method == SIP_METHOD_ACK && p->f->standing == STANDING_PROVEN)
			suspect_acked(p->f);
	}
	return sip->extent == SIP_COMPLETE ? REASON_REQUEST : REASON_REQUEST_CUT;
}

/* The last stage for requests in datagrams: always answers. The verifier checks it by itself. */
__subprog int inspect_datagram(struct xdp_md *ctx)
{
	struct packet packet = { .ctx = ctx };
	struct packet *p = &packet;
	struct message *m;
	int answer;

	if (!ctx || !packet_again(p))
		return REASON_ERROR;
	m = payload_window(p, HOOK_XDP);
	if (!m)
		return REASON_ERROR;
	sip_line(&m->sip);
	p->f->method = m->sip.facts.method;
	if (p->f->method == SIP_METHOD_RESPONSE)
		return budget_light(p, CLASS_RESPONSE, LANE_RESPONSE, REASON_RESPONSE_RATE,
				    REASON_RESPONSE);
	if (m->sip.facts.kind != SIP_KIND_REQUEST && m->sip.facts.kind != SIP_KIND_CUT) {
		return budget_light(p, CLASS_NOT_SIP, LANE_OTHER, REASON_NOT_SIP_RATE,
				    REASON_NOT_SIP);
	}
	p->f->class = budget_class(p->f->method);
	answer = inspect_structure(p, m);
	if (answer != CONTINUE)
		return answer;
	return inspect_transaction(p, m);
}

#endif
