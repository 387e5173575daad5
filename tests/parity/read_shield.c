// SPDX-License-Identifier: GPL-2.0-or-later
/* A message as the packet path reads it, by the same functions, compiled for the host. */
#include <stdio.h>
#include <string.h>

#include "bpf/fields.h"
#include "bpf/sip_sweep.h"
#include "tests/parity/parity.h"

static const char *const methods[SIP_METHOD_MAX] = {
#define METHOD(id, name) [SIP_METHOD_##id] = name,
#include "maps/methods.def"
#undef METHOD
};

static void take(struct value *to, const struct sip_scratch *s, struct sip_span span)
{
	value_set(to, (const char *)s->window + span.off, span.len);
}

static void read_cseq(struct sip_scratch *s, const struct sip_cseq *cseq, struct reading *out)
{
	char number[16];

	if (!cseq->method_name.len)
		return;
	snprintf(number, sizeof(number), cseq->overflow ? "overflow" : "%u", cseq->number);
	value_set(&out->field[FIELD_CSEQ], number, strlen(number));
	take(&out->field[FIELD_CSEQ_METHOD], s, cseq->method_name);
}

static void read_tags(struct sip_scratch *s, struct reading *out)
{
	struct sip_span *from = &s->facts.header[SIP_HEADER_FROM];
	const struct request request = { .sip = s };
	struct sip_name_addr addr = { 0 };

	if (!sip_name_addr(s, from, &addr))
		take(&out->field[FIELD_FROM_TAG], s, addr.tag);
	take(&out->field[FIELD_LAST_TAG], s, request_from_tag(&request));
}

static void read_missing(const struct sip_facts *f, struct reading *out)
{
	static const struct {
		enum sip_header header;
		const char *name;
	} needed[] = {
		{ SIP_HEADER_VIA, "Via " },   { SIP_HEADER_FROM, "From " },
		{ SIP_HEADER_TO, "To " },     { SIP_HEADER_CALL_ID, "Call-ID " },
		{ SIP_HEADER_CSEQ, "CSeq " },
	};
	char missing[32] = "";

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!f->seen[needed[i].header])
			strcat(missing, needed[i].name);
	value_set(&out->field[FIELD_MISSING], missing, strlen(missing));
}

static void read_header(struct sip_scratch *s, struct reading *out)
{
	struct sip_facts *f = &s->facts;
	struct sip_uri uri = { 0 };
	struct sip_fields fields;

	sip_sweep(s);
	sip_request_uri(s, &uri);
	take(&out->field[FIELD_USER], s, uri.user);
	fields_transaction(s, &fields);
	out->unsure = fields.via.unsure;
	take(&out->field[FIELD_BRANCH], s, fields.via.branch);
	take(&out->field[FIELD_CALL_ID], s, f->header[SIP_HEADER_CALL_ID]);
	read_cseq(s, &fields.cseq, out);
	read_tags(s, out);
	read_missing(f, out);
}

void shield_read(const struct message *m, struct reading *out)
{
	static struct sip_scratch scratch;
	struct sip_scratch *s = &scratch;
	const char *known;

	reading_clear(out);
	s->facts.len = m->len < SIP_WINDOW ? m->len : SIP_WINDOW;
	memcpy(s->window, m->text, s->facts.len);
	sip_line(s);
	if (s->facts.method == SIP_METHOD_RESPONSE)
		out->taken = TAKEN_RESPONSE;
	else if (s->facts.kind == SIP_KIND_REQUEST || s->facts.kind == SIP_KIND_CUT)
		out->taken = TAKEN_REQUEST;
	if (out->taken != TAKEN_REQUEST)
		return;
	known = methods[s->facts.method];
	value_set(&out->field[FIELD_KNOWN], known, strlen(known));
	take(&out->field[FIELD_METHOD], s, s->facts.method_name);
	if (s->facts.kind == SIP_KIND_REQUEST)
		read_header(s, out);
}
