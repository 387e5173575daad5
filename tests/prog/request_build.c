// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/prog/request_build.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 4096

static void header(char *to, const char *name, const char *value, const char *otherwise)
{
	size_t len = strlen(to);

	if (!value)
		value = otherwise;
	if (*value)
		snprintf(to + len, TEXT_MAX - len, "%s: %s\r\n", name, value);
}

const char *request_text(const struct request_parts *p)
{
	static char text[TEXT_MAX];
	static unsigned int serial;
	const char *method = p->method ? p->method : "OPTIONS";
	char via[512], cseq[64];

	serial++;
	snprintf(text, TEXT_MAX, "%s %s SIP/2.0\r\n", method,
		 p->uri ? p->uri : "sip:bob@example.com");
	if (p->branch)
		snprintf(via, sizeof(via), "SIP/2.0/UDP 198.51.100.7%s%s",
			 *p->branch ? ";branch=" : "", p->branch);
	else
		snprintf(via, sizeof(via), "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK%u", serial);
	snprintf(cseq, sizeof(cseq), "%u %s", serial, method);
	header(text, "Via", via, NULL);
	header(text, "From", p->from, "<sip:alice@example.com>;tag=1c7");
	header(text, "To", p->to, "<sip:bob@example.com>");
	header(text, "Call-ID", p->call_id, "a84b4c76e66710@pc33");
	header(text, "CSeq", cseq, NULL);
	header(text, "Contact", p->contact, "<sip:alice@198.51.100.7>");
	header(text, "User-Agent", p->agent, "Phone 1.0");
	header(text, "Content-Length", "0\r\n", NULL);
	if (p->cut)
		text[p->cut] = '\0';
	return text;
}
