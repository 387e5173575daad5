/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SIP probe of Nmap's version detection, which others have copied: "OPTIONS sip:nm" with the
 * branch "foo".
 */
#ifndef SIPSHIELD_CHECK_NMAP_PROBE_H
#define SIPSHIELD_CHECK_NMAP_PROBE_H

#include "bpf/fields.h"

static __always_inline int check_nmap_probe(const struct request *r)
{
	struct sip_span uri = r->sip->facts.uri, branch = r->fields->via.branch;

	return uri.len == 6 && branch.len == 3 &&
	       (sip_load(r->sip, uri.off) & sip_low_bytes(6)) ==
		       SIP_WORD('s', 'i', 'p', ':', 'n', 'm', 0, 0) &&
	       (sip_load(r->sip, branch.off) & sip_low_bytes(3)) ==
		       SIP_WORD('f', 'o', 'o', 0, 0, 0, 0, 0);
}

#endif
