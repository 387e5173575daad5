/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What three readers say of one message: the program in the kernel, the same lines compiled for
 * the host, and the slow reference.
 */
#ifndef SIPSHIELD_DIFF_TOLD_H
#define SIPSHIELD_DIFF_TOLD_H

#include <stdio.h>

#include "bpf/message.h"

/* Everything that is defined for a message of its kind; all else is 0. */
struct told {
	struct sip_facts facts;
	struct sip_via via;
	struct sip_cseq cseq;
	__u64 hits;
	__u8 uri_marks;
};

/* Takes out of a message that was read what is defined for its kind. */
void told_keep(const struct message *message, struct told *out);

/*
 * Reads len bytes (at most SIP_WINDOW) as the packet path does: of requests everything, of
 * responses what names the transaction. `behind` fills what follows them.
 */
void told_by_host(const __u8 *p, __u32 len, __u8 behind, const struct facts *packet,
		  struct told *out);
/*
 * The signatures of a bank that the message hits which told_by_host() has read last. `enforced`: one
 * that is enforced ends it; *by is its index + 1 then, else 0.
 */
__u64 told_signatures(const struct signature_set *bank, int enforced, __u32 *by);
/*
 * The same by the reference, which knows no checks, nor what of the header only they ask for: hits,
 * facts.odd_name and facts.unequal stay 0.
 */
void told_by_reference(const __u8 *p, __u32 len, struct told *out);

/* Prints each field in which the two differ, under a name for each reader. Returns how many. */
int told_compare(FILE *to, const char *name, const struct told *one, const char *other_name,
		 const struct told *other);

#endif
