// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/diff_told.h"

#include "bpf/sip_sweep.h"
#include "checks.h"
#include "tests/fuzz/diff_random.h"
#include "tests/fuzz/ref_parser.h"
#include "tests/fuzz/ref_uri.h"

enum check {
#define CHECK(id, ...) CHECK_##id,
#include "maps/checks.def"
#undef CHECK
};

static void keep_line(struct sip_facts *to, const struct sip_facts *from)
{
	to->len = from->len;
	to->kind = from->kind;
	to->method = from->method;
	to->extent = from->extent;
	if (from->kind > SIP_KIND_RESPONSE && from->kind != SIP_KIND_CUT)
		return;
	to->method_name = from->method_name;
	to->head = from->head;
	if (from->kind == SIP_KIND_CUT)
		return;
	to->status = from->status;
	to->scheme = from->scheme;
	to->version_ok = from->version_ok;
	to->version = from->version;
	to->uri = from->uri;
}

static void keep_header(struct sip_facts *to, const struct sip_facts *from)
{
	to->lines = from->lines;
	to->odd_name = from->odd_name;
	to->unequal = from->unequal;
	to->body = from->body;
	for (int i = SIP_HEADER_OTHER + 1; i < SIP_HEADER_MAX; i++) {
		to->header[i] = from->header[i];
		to->seen[i] = from->seen[i];
	}
}

/* Is the header read? The path reads responses on their way out alone. */
static int is_answer(const struct sip_facts *facts)
{
	return facts->kind == SIP_KIND_RESPONSE && facts->status;
}

void told_keep(const struct message *message, struct told *out)
{
	const struct sip_facts *facts = &message->sip.facts;
	int request = facts->kind == SIP_KIND_REQUEST;

	memset(out, 0, sizeof(*out));
	keep_line(&out->facts, facts);
	if (request || is_answer(facts)) {
		keep_header(&out->facts, facts);
		out->via = message->fields.via;
		out->cseq = message->fields.cseq;
	}
	if (request || (facts->kind == SIP_KIND_CUT && facts->method != SIP_METHOD_RESPONSE)) {
		out->uri_marks = message->fields.uri_marks;
		out->hits = message->fields.hits;
	}
}

static void read_request(struct message *message, const struct facts *packet)
{
	const struct request r = { .packet = packet,
				   .sip = &message->sip,
				   .fields = &message->fields };

	if (message->sip.facts.kind == SIP_KIND_REQUEST)
		sip_sweep(&message->sip);
	fields_request(&message->sip, &message->fields);
	message->fields.hits = 0;
#define CHECK(id, ...)                                                                             \
	if (check_##id(&r))                                                                        \
		message->fields.hits |= 1ULL << CHECK_##id;
#include "maps/checks.def"
#undef CHECK
}

/* The message in hand. */
static struct message m;

void told_by_host(const __u8 *p, __u32 len, __u8 behind, const struct facts *packet,
		  struct told *out)
{
	memset(m.sip.window, behind, sizeof(m.sip.window));
	memcpy(m.sip.window, p, len);
	m.sip.facts.len = len;
	sip_line(&m.sip);
	if (is_answer(&m.sip.facts)) {
		sip_sweep(&m.sip);
		fields_transaction(&m.sip, &m.fields);
	} else {
		read_request(&m, packet);
		signature_begin(&m.signature, &m.sip, &m.fields, packet);
	}
	told_keep(&m, out);
}

__u64 told_signatures(const struct signature_set *bank, int enforced, __u32 *by)
{
	__u64 hits;

	m.signature.enforced = enforced;
	hits = signature_hits_of(bank, &m.sip, &m.signature);
	*by = hits ? m.signature.dropped_by : 0;
	return hits;
}

void told_by_reference(const __u8 *p, __u32 len, struct told *out)
{
	struct sip_facts facts;

	memset(out, 0, sizeof(*out));
	ref_line(p, len, &facts);
	facts.head = facts.at;
	if (facts.kind == SIP_KIND_REQUEST || is_answer(&facts)) {
		ref_sweep(p, len, &facts);
		keep_header(&out->facts, &facts);
		if (!ref_via(p, facts.header[SIP_HEADER_VIA], &out->via))
			out->via.unsure |= ref_odd_lines(p, facts.at, facts.header[SIP_HEADER_VIA]);
		ref_cseq(p, facts.header[SIP_HEADER_CSEQ], &out->cseq);
	}
	keep_line(&out->facts, &facts);
	if (facts.kind == SIP_KIND_REQUEST)
		out->uri_marks = ref_uri_marks(p, len, facts.uri);
}

/* The fields by their names; `element` is the size of one of an array, or of all of it. */
#define FIELD(member, element_)                                                                    \
	{                                                                                          \
#member, offsetof(struct told, member), sizeof(((struct told *)0)->member),        \
			element_                                                                   \
	}

static const struct {
	const char *name;
	size_t offset;
	size_t size;
	size_t element;
} fields[] = {
	FIELD(facts.kind, 1),	     FIELD(facts.method, 1),
	FIELD(facts.extent, 1),	     FIELD(facts.scheme, 1),
	FIELD(facts.status, 2),	     FIELD(facts.lines, 2),
	FIELD(facts.body, 2),	     FIELD(facts.len, 4),
	FIELD(facts.head, 2),	     FIELD(facts.version_ok, 1),
	FIELD(facts.odd_name, 1),    FIELD(facts.unequal, 1),
	FIELD(facts.seen, 1),	     FIELD(facts.uri, 2),
	FIELD(facts.method_name, 2), FIELD(facts.version, 2),
	FIELD(facts.header, 2),	     FIELD(via.host, 2),
	FIELD(via.port, 2),	     FIELD(via.branch, 2),
	FIELD(via.transport, 2),     FIELD(via.unsure, 2),
	FIELD(cseq.number, 4),	     FIELD(cseq.overflow, 1),
	FIELD(cseq.method, 1),	     FIELD(cseq.method_name, 2),
	FIELD(uri_marks, 1),	     FIELD(hits, 8),
};

static __u64 number_at(const __u8 *at, size_t size)
{
	__u64 number = 0;

	memcpy(&number, at, size);
	return number;
}

int told_compare(FILE *to, const char *name, const struct told *one, const char *other_name,
		 const struct told *other)
{
	const __u8 *a_bytes = (const __u8 *)one, *b_bytes = (const __u8 *)other;
	int differences = 0;

	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		size_t offset = fields[i].offset;

		if (!memcmp(a_bytes + offset, b_bytes + offset, fields[i].size))
			continue;
		for (size_t at = 0; at < fields[i].size; at += fields[i].element) {
			__u64 a = number_at(a_bytes + offset + at, fields[i].element);
			__u64 b = number_at(b_bytes + offset + at, fields[i].element);

			if (a == b)
				continue;
			fprintf(to, "  %s[%zu]: %s %llu (0x%llx), %s %llu (0x%llx)\n",
				fields[i].name, at / fields[i].element, name, (unsigned long long)a,
				(unsigned long long)a, other_name, (unsigned long long)b,
				(unsigned long long)b);
			differences++;
		}
	}
	return differences;
}
