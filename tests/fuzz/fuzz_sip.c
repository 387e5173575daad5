/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads each input with the parser of the packet path and with the reference parser, and aborts
 * when a fact differs. What lies behind the input must not matter: it is read twice, with
 * different bytes there.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpf/sip_challenge.h"
#include "bpf/sip_field.h"
#include "bpf/sip_sweep.h"
#include "ref_parser.h"

#define CHALLENGES 4

/* Everything that can be told of a message. All of it is cleared before, and compared. */
struct told {
	struct sip_facts facts;
	int results[20];
	struct sip_uri uri;
	struct sip_via via;
	struct sip_cseq cseq;
	struct sip_name_addr addr[3];
	struct sip_digest digest[2];
	__u32 number[3];
	__u32 next[CHALLENGES]; /* behind each challenge */
	struct sip_span challenge[CHALLENGES];
	struct sip_digest challenged[CHALLENGES];
};

static const __u8 addr_headers[] = { SIP_HEADER_FROM, SIP_HEADER_TO, SIP_HEADER_CONTACT };
static const __u8 digest_headers[] = { SIP_HEADER_AUTHORIZATION, SIP_HEADER_PROXY_AUTHORIZATION };
static const __u8 number_headers[] = { SIP_HEADER_MAX_FORWARDS, SIP_HEADER_CONTENT_LENGTH,
				       SIP_HEADER_EXPIRES };

/* Keeps of the facts what is defined for their kind. */
static void keep_defined(struct sip_facts *to, const struct sip_facts *from)
{
	to->len = from->len;
	to->kind = from->kind;
	to->method = from->method;
	to->extent = from->extent;
	if (from->kind > SIP_KIND_RESPONSE && from->kind != SIP_KIND_CUT)
		return;
	to->method_name = from->method_name;
	if (from->kind == SIP_KIND_CUT)
		return;
	to->status = from->status;
	to->scheme = from->scheme;
	to->version_ok = from->version_ok;
	to->version = from->version;
	to->uri = from->uri;
	to->lines = from->lines;
	to->body = from->body;
	for (int i = SIP_HEADER_OTHER + 1; i < SIP_HEADER_MAX; i++) {
		to->header[i] = from->header[i];
		to->seen[i] = from->seen[i];
	}
}

static void tell_fast(struct sip_scratch *s, struct told *told)
{
	struct sip_span *header = s->facts.header;
	int n = 0, line = sip_line(s);

	if (line == SIP_COMPLETE)
		sip_sweep(s);
	keep_defined(&told->facts, &s->facts);
	if (line != SIP_COMPLETE)
		return;
	told->results[n++] = sip_request_uri(s, &told->uri);
	told->results[n++] = sip_via(s, &header[SIP_HEADER_VIA], &told->via);
	told->results[n++] = sip_cseq(s, &header[SIP_HEADER_CSEQ], &told->cseq);
	for (int i = 0; i < 3; i++)
		told->results[n++] = sip_name_addr(s, &header[addr_headers[i]], &told->addr[i]);
	for (int i = 0; i < 2; i++)
		told->results[n++] = sip_digest(s, &header[digest_headers[i]], &told->digest[i]);
	for (int i = 0; i < 3; i++)
		told->results[n++] = sip_number(s, &header[number_headers[i]], &told->number[i]);
	for (__u32 i = 0, at = s->facts.head; i < CHALLENGES; i++, at = told->next[i - 1]) {
		told->next[i] = sip_challenge(s, at, &told->challenge[i]);
		if (!told->next[i])
			break;
		told->results[n++] = sip_digest(s, &told->challenge[i], &told->challenged[i]);
	}
}

static void tell_slow(const __u8 *p, __u32 len, struct told *told)
{
	struct sip_facts facts;
	struct sip_span *header = facts.header;
	int n = 0, line = ref_line(p, len, &facts);

	if (line == SIP_COMPLETE)
		ref_sweep(p, len, &facts);
	keep_defined(&told->facts, &facts);
	if (line != SIP_COMPLETE)
		return;
	told->results[n++] = ref_uri(p, facts.uri, &told->uri);
	told->results[n++] = ref_via(p, header[SIP_HEADER_VIA], &told->via);
	told->results[n++] = ref_cseq(p, header[SIP_HEADER_CSEQ], &told->cseq);
	for (int i = 0; i < 3; i++)
		told->results[n++] = ref_name_addr(p, header[addr_headers[i]], &told->addr[i]);
	for (int i = 0; i < 2; i++)
		told->results[n++] = ref_digest(p, header[digest_headers[i]], &told->digest[i]);
	for (int i = 0; i < 3; i++)
		told->results[n++] = ref_number(p, header[number_headers[i]], &told->number[i]);
	for (__u32 i = 0, at = facts.head; i < CHALLENGES; i++, at = told->next[i - 1]) {
		told->next[i] =
			ref_challenge(p, at, facts.body ? facts.body : len, &told->challenge[i]);
		if (!told->next[i])
			break;
		told->results[n++] = ref_digest(p, told->challenge[i], &told->challenged[i]);
	}
}

/* Says which bytes of struct told differ, and stops the fuzzer. */
static void compare(const __u8 *fast, const __u8 *slow)
{
	int differs = 0;

	for (size_t i = 0; i < sizeof(struct told); i++) {
		if (fast[i] == slow[i])
			continue;
		fprintf(stderr, "offset %zu: fast %u, reference %u\n", i, fast[i], slow[i]);
		differs = 1;
	}
	if (differs)
		abort();
}

static void compare_first8(const __u8 *p, __u32 len)
{
	__u8 eight[8] = { 0 };

	memcpy(eight, p, len < 8 ? len : 8);
	if (sip_kind_of(load_u64(eight), len) != ref_kind_of(p, len) ||
	    sip_method_of(load_u64(eight)) != ref_method_of(p, len)) {
		fprintf(stderr, "kind: fast %d, reference %d; method: fast %d, reference %d\n",
			sip_kind_of(load_u64(eight), len), ref_kind_of(p, len),
			sip_method_of(load_u64(eight)), ref_method_of(p, len));
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const __u8 behind[] = { 0, ':', '\n', ' ', 'i' };
	static struct sip_scratch scratch;
	static struct told fast, slow;
	__u32 len = size < SIP_WINDOW ? size : SIP_WINDOW;
	__u8 *copy = malloc(len ? len : 1); /* so that reading too far is seen */

	if (!copy)
		return 0;
	memcpy(copy, data, len);
	compare_first8(copy, len);
	memset(&slow, 0, sizeof(slow));
	tell_slow(copy, len, &slow);
	for (size_t i = 0; i < sizeof(behind); i++) {
		memset(&scratch, behind[i], sizeof(scratch));
		memcpy(scratch.window, data, len);
		scratch.facts.len = len;
		memset(&fast, 0, sizeof(fast));
		tell_fast(&scratch, &fast);
		compare((const __u8 *)&fast, (const __u8 *)&slow);
	}
	free(copy);
	return 0;
}
