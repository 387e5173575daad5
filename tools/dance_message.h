/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a SIP client with credentials says and hears, for tools/dance.c: requests that look like
 * those of phones in use, a digest (RFC 2617, MD5, with or without qop=auth), and of answers what a
 * client needs. It talks to the lab's server alone: no folded or compact headers, one challenge.
 * Pure but for libgcrypt.
 */
#ifndef SIPSHIELD_TOOLS_DANCE_MESSAGE_H
#define SIPSHIELD_TOOLS_DANCE_MESSAGE_H

#include <errno.h>
#include <gcrypt.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define DANCE_MESSAGE_MAX 2048
#define DANCE_WORD 128 /* bytes of a value, with the NUL */
#define DANCE_HEX 33   /* an MD5 in hexadecimal digits, with the NUL */

/* How the user agents of one maker write. */
struct dance_stack {
	const char *agent;
	const char *letters; /* of branch, tag and Call-ID */
	unsigned int branch_len, tag_len, call_len;
	const char *branch_begin; /* behind the cookie */
	bool call_at_host;
	bool names_late; /* Max-Forwards and Contact before From */
};

static const struct dance_stack dance_stacks[] = {
	{ "Yealink SIP-T46S 66.86.0.15", "0123456789", 10, 10, 10, "", true, false },
	{ "snom370/8.7.3.19", "0123456789abcdefghijklmnopqrstuvwxyz", 12, 10, 12, "-", true,
	  false },
	{ "Linphone/5.0.2 (belle-sip/5.0.55)",
	  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", 9, 9, 10, ".", false,
	  false },
	{ "baresip v1.0.0 (x86_64/linux)", "0123456789abcdef", 16, 16, 16, "", false, true },
};
#define DANCE_STACKS (sizeof(dance_stacks) / sizeof(dance_stacks[0]))

struct dance_challenge {
	bool proxy; /* 407: answered in Proxy-Authorization */
	bool qop;   /* qop=auth */
	char realm[DANCE_WORD];
	char nonce[DANCE_WORD];
};

/* A request to be written. Texts end with a NUL. */
struct dance_request {
	const struct dance_stack *stack;
	const char *method;
	const char *domain;
	const char *host; /* the sender's, an IPv6 one in brackets */
	unsigned int port;
	const char *user;   /* who asks; of a REGISTER also for whom */
	const char *called; /* the user asked for; NULL: of a REGISTER */
	const char *call_id, *from_tag, *branch;
	const char *to_tag; /* NULL: none */
	unsigned int cseq;
	const struct dance_challenge *challenge; /* NULL: without credentials */
	const char *password;
};

struct dance_answer {
	int status; /* 0: no answer */
	unsigned int cseq;
	char method[16]; /* of the CSeq */
	char call_id[DANCE_WORD];
	char to_tag[DANCE_WORD]; /* empty: none */
	struct dance_challenge challenge;
};

/* A text that grows up to its end; longer ones are cut, and full tells. */
struct dance_text {
	size_t len;
	bool full;
	char text[DANCE_MESSAGE_MAX];
};

/* splitmix64 */
static inline uint64_t dance_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* n random letters, at most DANCE_WORD - 1; the first is no 0. */
static inline void dance_word(uint64_t *state, const char *letters, unsigned int n, char *out)
{
	size_t among = strlen(letters);

	for (unsigned int i = 0; i < n; i++) {
		size_t least = !i && letters[0] == '0';

		out[i] = letters[least + dance_random(state) % (among - least)];
	}
	out[n] = '\0';
}

static inline __attribute__((format(printf, 2, 3))) void dance_put(struct dance_text *t,
								   const char *format, ...)
{
	size_t room = sizeof(t->text) - t->len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->text + t->len, room, format, args);
	va_end(args);
	t->full = t->full || n < 0 || (size_t)n >= room;
	t->len += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static inline void dance_md5(const char *text, char out[DANCE_HEX])
{
	unsigned char sum[16];

	gcry_md_hash_buffer(GCRY_MD_MD5, sum, text, strlen(text));
	for (unsigned int i = 0; i < 16; i++)
		snprintf(out + 2 * i, 3, "%02x", sum[i]);
}

/* The response of RFC 2617 3.2.2; nc is 00000001. */
static inline void dance_digest(const struct dance_request *r, const char *uri, const char *cnonce,
				char out[DANCE_HEX])
{
	const struct dance_challenge *c = r->challenge;
	char text[4 * DANCE_WORD], who[DANCE_HEX], what[DANCE_HEX];

	snprintf(text, sizeof(text), "%s:%s:%s", r->user, c->realm, r->password);
	dance_md5(text, who);
	snprintf(text, sizeof(text), "%s:%s", r->method, uri);
	dance_md5(text, what);
	if (c->qop)
		snprintf(text, sizeof(text), "%s:%s:00000001:%s:auth:%s", who, c->nonce, cnonce,
			 what);
	else
		snprintf(text, sizeof(text), "%s:%s:%s", who, c->nonce, what);
	dance_md5(text, out);
}

static inline void dance_credentials(struct dance_text *t, const struct dance_request *r,
				     const char *uri)
{
	const struct dance_challenge *c = r->challenge;
	char response[DANCE_HEX], cnonce[DANCE_HEX];

	dance_md5(r->branch, cnonce);
	dance_digest(r, uri, cnonce, response);
	dance_put(t, "%s: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\"",
		  c->proxy ? "Proxy-Authorization" : "Authorization", r->user, c->realm, c->nonce,
		  uri);
	dance_put(t, ", response=\"%s\", algorithm=MD5", response);
	if (c->qop)
		dance_put(t, ", qop=auth, nc=00000001, cnonce=\"%s\"", cnonce);
	dance_put(t, "\r\n");
}

static inline void dance_names(struct dance_text *t, const struct dance_request *r)
{
	dance_put(t, "From: <sip:%s@%s>;tag=%s\r\n", r->user, r->domain, r->from_tag);
	dance_put(t, "To: <sip:%s@%s>%s%s\r\n", r->called ? r->called : r->user, r->domain,
		  r->to_tag ? ";tag=" : "", r->to_tag ? r->to_tag : "");
	dance_put(t, "Call-ID: %s\r\n", r->call_id);
	dance_put(t, "CSeq: %u %s\r\n", r->cseq, r->method);
}

static inline void dance_reach(struct dance_text *t, const struct dance_request *r)
{
	dance_put(t, "Max-Forwards: 70\r\n");
	if (strcmp(r->method, "ACK"))
		dance_put(t, "Contact: <sip:%s@%s:%u>\r\n", r->user, r->host, r->port);
}

static inline void dance_body(struct dance_text *t, const struct dance_request *r)
{
	char body[256];
	int n = 0;

	if (!strcmp(r->method, "INVITE"))
		n = snprintf(body, sizeof(body),
			     "v=0\r\no=- 20518 20518 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\n"
			     "m=audio 11780 RTP/AVP 8 0\r\na=sendrecv\r\n",
			     r->host, r->host);
	if (n)
		dance_put(t, "Content-Type: application/sdp\r\n");
	dance_put(t, "Content-Length: %d\r\n\r\n%.*s", n, n, body);
}

/* Writes a request, t->len bytes and a NUL. Returns 0, or -EMSGSIZE if it is too long. */
static inline int dance_write(struct dance_text *t, const struct dance_request *r)
{
	char uri[3 * DANCE_WORD];

	*t = (struct dance_text){ 0 };
	snprintf(uri, sizeof(uri), "sip:%s%s%s", r->called ? r->called : "", r->called ? "@" : "",
		 r->domain);
	dance_put(t, "%s %s SIP/2.0\r\n", r->method, uri);
	dance_put(t, "Via: SIP/2.0/UDP %s:%u;branch=z9hG4bK%s%s;rport\r\n", r->host, r->port,
		  r->stack->branch_begin, r->branch);
	if (r->stack->names_late)
		dance_reach(t, r);
	dance_names(t, r);
	if (!r->stack->names_late)
		dance_reach(t, r);
	if (r->challenge)
		dance_credentials(t, r, uri);
	if (!strcmp(r->method, "REGISTER"))
		dance_put(t, "Expires: 600\r\n");
	dance_put(t, "User-Agent: %s\r\n", r->stack->agent);
	dance_body(t, r);
	return t->full ? -EMSGSIZE : 0;
}

/* The value of the first header of this name, up to its line's end; -ENOENT: there is none. */
static inline int dance_header(const char *text, const char *name, char *out, size_t size)
{
	size_t len = strlen(name);

	for (const char *line = strstr(text, "\r\n"); line; line = strstr(line, "\r\n")) {
		line += 2;
		if (!strncasecmp(line, name, len) && line[len] == ':') {
			line += len + 1;
			line += strspn(line, " \t");
			snprintf(out, size, "%.*s", (int)strcspn(line, "\r"), line);
			return 0;
		}
	}
	return -ENOENT;
}

/* NAME="VALUE" in a list of parameters; empty if it is not there. */
static inline void dance_quoted(const char *list, const char *name, char out[DANCE_WORD])
{
	const char *at = strstr(list, name);

	out[0] = '\0';
	if (!at)
		return;
	at += strlen(name);
	snprintf(out, DANCE_WORD, "%.*s", (int)strcspn(at, "\""), at);
}

static inline void dance_read_challenge(const char *text, struct dance_challenge *c)
{
	char value[4 * DANCE_WORD], qop[DANCE_WORD];

	*c = (struct dance_challenge){ 0 };
	if (dance_header(text, "WWW-Authenticate", value, sizeof(value))) {
		c->proxy = !dance_header(text, "Proxy-Authenticate", value, sizeof(value));
		if (!c->proxy)
			return;
	}
	dance_quoted(value, "realm=\"", c->realm);
	dance_quoted(value, "nonce=\"", c->nonce);
	dance_quoted(value, "qop=\"", qop);
	c->qop = !strncmp(qop, "auth", 4);
}

/* Reads what a client needs of a datagram that ends with a NUL; a->status 0: it is no answer. */
static inline void dance_read(const char *text, struct dance_answer *a)
{
	char value[4 * DANCE_WORD];
	const char *tag;

	*a = (struct dance_answer){ 0 };
	if (sscanf(text, "SIP/2.0 %3d", &a->status) != 1 ||
	    dance_header(text, "CSeq", value, sizeof(value)) ||
	    sscanf(value, "%u %15s", &a->cseq, a->method) != 2 ||
	    dance_header(text, "Call-ID", a->call_id, sizeof(a->call_id))) {
		a->status = 0;
		return;
	}
	if (!dance_header(text, "To", value, sizeof(value)) && (tag = strstr(value, ";tag=")))
		snprintf(a->to_tag, sizeof(a->to_tag), "%.*s", (int)strcspn(tag + 5, ";"), tag + 5);
	dance_read_challenge(text, &a->challenge);
}

#endif
