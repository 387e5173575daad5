/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request that calls itself a Cisco gateway and comes straight from its sender (one Via), with
 * the branch that the PJSIP library makes: a toll fraud kit seen in the wild. Cisco's gateways
 * have a branch of their own.
 */
#ifndef SIPSHIELD_CHECK_AGENT_MISMATCH_H
#define SIPSHIELD_CHECK_AGENT_MISMATCH_H

#include "bpf/fields.h"

static __always_inline int check_agent_mismatch(const struct request *r)
{
	const struct sip_facts *f = &r->sip->facts;
	struct sip_span agent = f->header[SIP_HEADER_USER_AGENT];
	struct sip_span branch = r->fields->via.branch;

	return sip_load(r->sip, agent.off) == SIP_WORD('C', 'i', 's', 'c', 'o', '-', 'S', 'I') &&
	       agent.len >= 16 && branch.len > 9 && f->seen[SIP_HEADER_VIA] == 1 &&
	       sip_load(r->sip, agent.off + 8) ==
		       SIP_WORD('P', 'G', 'a', 't', 'e', 'w', 'a', 'y') &&
	       sip_load(r->sip, branch.off + 1) == SIP_WORD('9', 'h', 'G', '4', 'b', 'K', 'P', 'j');
}

#endif
