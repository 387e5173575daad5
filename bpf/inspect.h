/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request whose header is read: strangers, and known sources that are over their budget. */
#ifndef SIPSHIELD_INSPECT_H
#define SIPSHIELD_INSPECT_H

#include "bpf/budget.h"
#include "bpf/payload.h"
#include "bpf/sip_line.h"
#include "bpf/sip_sweep.h"
#include "bpf/transaction.h"
#include "bpf/verdict.h"
#include "checks.h"

/* Remembers a source for the agent to look at. Only inspected requests come here. */
static __noinline void suspect_note(const struct packet *p, __u32 reason)
{
	struct suspect *known = bpf_map_lookup_elem(&suspects, &p->f->key);
	struct suspect fresh = { .first_ns = p->f->now_ns };
	struct suspect *s = known ? known : &fresh;

	s->last_ns = p->f->now_ns;
	s->reason = reason;
	s->method = p->f->method;
	if (reason > REASON_WORK_BUDGET)
		s->structural++;
	else
		s->exceeded++;
	if (!known)
		bpf_map_update_elem(&suspects, &p->f->key, &fresh, BPF_NOEXIST);
}

/* The first structural check that hits and is not off; REASON_MAX if none does. */
static __noinline __u32 inspect_checks(const struct packet *p, struct sip_scratch *s)
{
#define CHECK(id, name, default_action, sentence)                                                  \
	if (p->policy->action[REASON_CHECK_##id] != ACTION_OFF && check_##id(p, s))                \
		return REASON_CHECK_##id;
#include "maps/checks.def"
#undef CHECK
	return REASON_MAX;
}

static __always_inline int inspect_structure(struct packet *p, struct sip_scratch *s)
{
	__u32 hit = inspect_checks(p, s);

	if (hit >= REASON_MAX)
		return CONTINUE;
	suspect_note(p, hit);
	return refuse(p, hit);
}

/* Retransmissions of what was let through pass; a new transaction pays. */
static __always_inline int inspect_transaction(struct packet *p, struct sip_scratch *s)
{
	__u64 hash = transaction_hash(p, p->f->hash, s);
	int answer;

	if (transaction_seen(&transactions, hash, p->f->now_ns)) {
		if (budget_take(p, CLASS_RETRANSMISSION))
			return REASON_RETRANSMISSION;
		answer = refuse(p, REASON_RETRANSMISSION_RATE);
		return answer == CONTINUE ? REASON_RETRANSMISSION : answer;
	}
	answer = budget_request(p);
	if (answer != CONTINUE) {
		suspect_note(p, answer);
		return answer;
	}
	transaction_add(&transactions, hash, p->f->now_ns);
	if (s->facts.seen[SIP_HEADER_AUTHORIZATION] ||
	    s->facts.seen[SIP_HEADER_PROXY_AUTHORIZATION])
		transaction_add(&credentials, hash, p->f->now_ns);
	return s->facts.extent == SIP_COMPLETE ? REASON_REQUEST : REASON_REQUEST_CUT;
}

/* The last stage for requests: always answers. */
static __always_inline int inspect_request(struct packet *p)
{
	struct sip_scratch *s = payload_window(p, HOOK_XDP);
	int answer;

	if (!s)
		return REASON_ERROR;
	sip_line(s);
	p->f->method = s->facts.method;
	if (p->f->method == SIP_METHOD_RESPONSE)
		return budget_light(p, CLASS_RESPONSE, LANE_RESPONSE, REASON_RESPONSE_RATE,
				    REASON_RESPONSE);
	if (s->facts.kind != SIP_KIND_REQUEST && s->facts.kind != SIP_KIND_CUT) {
		if (p->f->protocol == IPPROTO_TCP)
			return REASON_TCP_SEGMENT;
		return budget_light(p, CLASS_NOT_SIP, LANE_OTHER, REASON_NOT_SIP_RATE,
				    REASON_NOT_SIP);
	}
	p->f->class = budget_class(p->f->method);
	if (s->facts.kind == SIP_KIND_REQUEST)
		sip_sweep(s);
	answer = inspect_structure(p, s);
	if (answer != CONTINUE)
		return answer;
	return inspect_transaction(p, s);
}

#endif
