// SPDX-License-Identifier: GPL-2.0-or-later
/* A message as libosip2 reads it. */
#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>
#include <stdio.h>
#include <string.h>

#include "tests/parity/parity.h"

static void take(struct reading *out, enum field field, const char *text)
{
	if (text)
		value_set(&out->field[field], text, strlen(text));
}

static void read_branch(osip_message_t *sip, struct reading *out)
{
	osip_generic_param_t *branch = NULL;
	osip_via_t *via = osip_list_get(&sip->vias, 0);

	if (!via)
		return;
	osip_via_param_get_byname(via, "branch", &branch);
	if (branch)
		take(out, FIELD_BRANCH, branch->gvalue);
}

static void read_call_id(const osip_call_id_t *id, struct reading *out)
{
	char text[MESSAGE_MAX];

	if (!id || !id->number)
		return;
	snprintf(text, sizeof(text), "%s%s%s", id->number, id->host ? "@" : "",
		 id->host ? id->host : "");
	take(out, FIELD_CALL_ID, text);
}

static void read_request(osip_message_t *sip, struct reading *out)
{
	osip_generic_param_t *tag = NULL;

	take(out, FIELD_METHOD, sip->sip_method);
	if (sip->req_uri)
		take(out, FIELD_USER, sip->req_uri->username);
	read_branch(sip, out);
	if (sip->from)
		osip_from_get_tag(sip->from, &tag);
	if (tag)
		take(out, FIELD_FROM_TAG, tag->gvalue);
	out->field[FIELD_LAST_TAG] = out->field[FIELD_FROM_TAG];
	read_call_id(sip->call_id, out);
	if (!sip->cseq)
		return;
	take(out, FIELD_CSEQ, sip->cseq->number);
	value_number(&out->field[FIELD_CSEQ]);
	take(out, FIELD_CSEQ_METHOD, sip->cseq->method);
}

/* It says on stderr what it does not like. */
static void say_nothing(const char *file, int line, osip_trace_level_t level, const char *format,
			va_list args)
{
	(void)file, (void)line, (void)level, (void)format, (void)args;
}

void osip_start(void)
{
	osip_trace_initialize_func(END_TRACE_LEVEL, say_nothing);
	parser_init();
}

void osip_read(const struct message *m, struct reading *out)
{
	osip_message_t *sip = NULL;

	reading_clear(out);
	if (osip_message_init(&sip))
		return;
	if (!osip_message_parse(sip, m->text, m->len)) {
		out->taken = sip->sip_method ? TAKEN_REQUEST : TAKEN_RESPONSE;
		if (sip->sip_method)
			read_request(sip, out);
	}
	osip_message_free(sip);
}
