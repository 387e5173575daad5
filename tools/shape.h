/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of the form that attack tools give them, for the tools that Debian has no package of,
 * and for tests that want thousands. Made from descriptions of what those tools send; what they
 * draw at random is random here too, from a seed, so that a run can be repeated.
 *
 * A form is a text with places in braces:
 *   {D} {S} {p}  the server's host and the sender's, an IPv6 one in brackets; the sender's port
 *   {m}          one of the form's methods       {U} the User-Agent
 *   {L}          bytes of the body               {c} the number of the message in ten digits
 *   {xN} {aN}    N small hexadecimal digits; N small letters and digits
 *   {wN} {lN}    N letters, digits and underscores; N letters
 *   {dN} {nN}    N digits; a number of up to N bits in decimal
 *   {o}          the ten digits in some order    {eN} a number of N digits, not 0 first
 *   {f}          27 small letters and digits, no two alike
 *   {h}          the text since {<}, and the byte 1 and a number, in hexadecimal: {<}100{h}
 *   {i}          the server's address and port as hexadecimal digits
 *   {K=...}      K, a capital from V to Z, means from here on what ... gave; {K} writes it again
 */
#ifndef SIPSHIELD_TOOLS_SHAPE_H
#define SIPSHIELD_TOOLS_SHAPE_H

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHAPE_MAX 2048
#define SHAPE_KEPT 'V' /* the first of five names for what is written again */

/* One form of one tool. */
struct shape {
	const char *name;
	const char *reason;  /* the structural check that must name it, whatever its User-Agent */
	const char *methods; /* those that it is sent with, a blank between two */
	const char *agent;   /* as the tool calls itself */
	uint16_t sport;	     /* 0: another one for each message */
	bool no_checksum;
	const char *head; /* without the blank line */
	const char *body; /* NULL: none */
};

/* From whom to whom; addresses as text. agent: NULL for the tool's own. */
struct shape_peers {
	const char *src, *dst, *agent;
	uint16_t sport, dport;
};

/* A message as it is being written. */
struct shape_text {
	const struct shape *shape;
	const struct shape_peers *peers;
	uint64_t random;
	unsigned int number, body_len;
	const char *method;
	int method_len;
	char kept[5][64];
	size_t mark, len;
	char text[SHAPE_MAX];
};

/* splitmix64 */
static inline uint64_t shape_random(struct shape_text *t)
{
	uint64_t x = t->random += 0x9e3779b97f4a7c15ull;

	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static inline void shape_put(struct shape_text *t, const char *text, size_t n)
{
	if (n > sizeof(t->text) - t->len)
		n = sizeof(t->text) - t->len;
	memcpy(t->text + t->len, text, n);
	t->len += n;
}

static inline void shape_host(struct shape_text *t, const char *host)
{
	bool ipv6 = strchr(host, ':');

	shape_put(t, "[", ipv6);
	shape_put(t, host, strlen(host));
	shape_put(t, "]", ipv6);
}

/* n characters of an alphabet, with or without putting back those drawn. */
static inline void shape_draw(struct shape_text *t, const char *alphabet, unsigned int n, bool once)
{
	char left[64];
	size_t among = strlen(alphabet);

	memcpy(left, alphabet, among);
	for (unsigned int i = 0; i < n && among; i++) {
		size_t at = shape_random(t) % among;

		shape_put(t, &left[at], 1);
		if (once)
			left[at] = left[--among];
	}
}

static inline void shape_number(struct shape_text *t, const char *format, unsigned long long number)
{
	char digits[32];
	int n = snprintf(digits, sizeof(digits), format, number);

	shape_put(t, digits, (size_t)n);
}

/* What stands behind the mark, once more as pairs of hexadecimal digits. */
static inline void shape_hex(struct shape_text *t)
{
	char plain[64];
	size_t n = t->len - t->mark < sizeof(plain) ? t->len - t->mark : sizeof(plain);

	memcpy(plain, t->text + t->mark, n);
	t->len = t->mark;
	for (size_t i = 0; i < n; i++)
		shape_number(t, "%02llx", (unsigned char)plain[i]);
}

/* Of an IPv6 address its groups as they are written, of an IPv4 one its bytes; then the port. */
static inline void shape_address(struct shape_text *t)
{
	struct in_addr four;

	if (inet_pton(AF_INET, t->peers->dst, &four) == 1)
		shape_number(t, "%08llx", ntohl(four.s_addr));
	else
		for (const char *c = t->peers->dst; *c; c++)
			shape_put(t, c, *c != ':');
	shape_number(t, "%04llx", t->peers->dport);
}

/* A letter with a number behind it. */
static inline int shape_random_place(struct shape_text *t, char kind, unsigned int n)
{
	static const char word[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char letter[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char alnum[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	switch (kind) {
	case 'x':
		shape_draw(t, "0123456789abcdef", n, false);
		return 0;
	case 'a':
		shape_draw(t, alnum, n, false);
		return 0;
	case 'w':
		shape_draw(t, word, n, false);
		return 0;
	case 'l':
		shape_draw(t, letter, n, false);
		return 0;
	case 'e':
		shape_draw(t, "123456789", 1, false);
		n--;
		/* fall through */
	case 'd':
		shape_draw(t, "0123456789", n, false);
		return 0;
	case 'n':
		shape_number(t, "%llu", shape_random(t) >> (64 - n));
		return 0;
	case 'o':
		shape_draw(t, "0123456789", 10, true);
		return 0;
	case 'f':
		shape_draw(t, alnum, 27, true);
		return 0;
	default:
		return -EINVAL;
	}
}

/* A place in a form, without its braces. */
static inline int shape_place(struct shape_text *t, const char *place)
{
	unsigned int kept = (unsigned char)place[0] - SHAPE_KEPT;
	int err;

	if (kept < 5 && place[1] == '=') {
		size_t from = t->len;

		err = shape_place(t, place + 2);
		snprintf(t->kept[kept], sizeof(t->kept[kept]), "%.*s", (int)(t->len - from),
			 t->text + from);
		return err;
	}
	if (kept < 5) {
		shape_put(t, t->kept[kept], strlen(t->kept[kept]));
		return 0;
	}
	switch (place[0]) {
	case 'D':
		shape_host(t, t->peers->dst);
		return 0;
	case 'S':
		shape_host(t, t->peers->src);
		return 0;
	case 'p':
		shape_number(t, "%llu", t->peers->sport);
		return 0;
	case 'm':
		shape_put(t, t->method, (size_t)t->method_len);
		return 0;
	case 'U':
		place = t->peers->agent ? t->peers->agent : t->shape->agent;
		shape_put(t, place, strlen(place));
		return 0;
	case 'L':
		shape_number(t, "%llu", t->body_len);
		return 0;
	case 'c':
		shape_number(t, "%010llu", t->number);
		return 0;
	case '<':
		t->mark = t->len;
		return 0;
	case 'i':
		shape_address(t);
		return 0;
	case 'h':
		shape_number(t, "\1%llu", shape_random(t) >> 32);
		shape_hex(t);
		return 0;
	default:
		return shape_random_place(t, place[0], (unsigned int)atoi(place + 1));
	}
}

/* Writes a form with its places filled in; -EINVAL: it has one of no kind. */
static inline int shape_form(struct shape_text *t, const char *form)
{
	char place[16];
	int err = 0;

	while (*form && !err) {
		size_t plain = strcspn(form, "{"), len;

		shape_put(t, form, plain);
		form += plain;
		if (!*form)
			break;
		len = strcspn(++form, "}");
		snprintf(place, sizeof(place), "%.*s", (int)len, form);
		err = shape_place(t, place);
		form += len + 1;
	}
	return err;
}

/* One of the form's methods. */
static inline void shape_method(struct shape_text *t)
{
	const char *at = t->shape->methods;
	unsigned int n = 1;

	for (const char *c = at; *c; c++)
		n += *c == ' ';
	for (n = (unsigned int)(shape_random(t) % n); n; n--)
		at = strchr(at, ' ') + 1;
	t->method = at;
	t->method_len = (int)strcspn(at, " ");
}

/*
 * Writes message number @number of a form into t->text, t->len bytes without a NUL behind them; it
 * is drawn from @seed and the number. Returns 0, -EINVAL for a form that has a place of no kind,
 * -EMSGSIZE for one that is too long.
 */
static inline int shape_write(struct shape_text *t, const struct shape *shape,
			      const struct shape_peers *peers, uint64_t seed, unsigned int number)
{
	char body[SHAPE_MAX];
	int err = 0;

	*t = (struct shape_text){ .shape = shape, .peers = peers, .number = number };
	t->random = seed ^ (uint64_t)number << 32;
	shape_method(t);
	if (shape->body)
		err = shape_form(t, shape->body);
	t->body_len = (unsigned int)t->len;
	memcpy(body, t->text, t->len);
	t->len = 0;
	err = err ? err : shape_form(t, shape->head);
	shape_put(t, "\r\n", 2);
	shape_put(t, body, t->body_len);
	return t->len == sizeof(t->text) ? -EMSGSIZE : err;
}

#endif
