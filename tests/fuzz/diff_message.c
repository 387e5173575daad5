// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/diff_message.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEEDS_MAX 4096
#define CHANGES_MAX 8
#define FOLDERS_OPEN 8

struct seed {
	__u8 *text;
	__u32 len;
};

static struct seed seeds[SEEDS_MAX];
static __u32 seed_count;

/* --- the bytes of a message -------------------------------------------------------------------*/

/* Puts bytes in at an offset; what has no room is left out. `data` is not of this message. */
static void put(struct diff_message *m, __u32 at, const void *data, __u32 len)
{
	if (at > m->len || len > MESSAGE_MAX - m->len)
		return;
	memmove(m->at + at + len, m->at + at, m->len - at);
	memcpy(m->at + at, data, len);
	m->len += len;
}

static void put_text(struct diff_message *m, __u32 at, const char *text)
{
	put(m, at, text, strlen(text));
}

static void add_text(struct diff_message *m, const char *text)
{
	put_text(m, m->len, text);
}

static void put_run(struct diff_message *m, __u32 at, __u8 byte, __u32 len)
{
	__u8 run[MESSAGE_MAX];

	if (len > sizeof(run))
		len = sizeof(run);
	memset(run, byte, len);
	put(m, at, run, len);
}

static void take_out(struct diff_message *m, __u32 from, __u32 to)
{
	memmove(m->at + from, m->at + to, m->len - to);
	m->len -= to - from;
}

/* An offset, the end included. */
static __u32 any_offset(struct random *r, const struct diff_message *m)
{
	return random_below(r, m->len + 1);
}

/* Offset behind the line feed before `at`, and behind the next one. */
static __u32 line_start(const struct diff_message *m, __u32 at)
{
	while (at && m->at[at - 1] != '\n')
		at--;
	return at;
}

static __u32 line_end(const struct diff_message *m, __u32 at)
{
	while (at < m->len && m->at[at] != '\n')
		at++;
	return at + (at < m->len);
}

/* Any byte of the next one to `at` that is one of a set, or `at`. */
static __u32 near_any(const struct diff_message *m, __u32 at, const char *set)
{
	for (__u32 i = at; i < m->len; i++)
		if (m->at[i] && strchr(set, m->at[i]))
			return i;
	return at;
}

static __u32 any_line(struct random *r, const struct diff_message *m)
{
	return line_start(m, any_offset(r, m));
}

/* --- messages from a grammar ------------------------------------------------------------------*/

static const char *const methods[] = { "INVITE",    "REGISTER",	 "OPTIONS", "ACK",	 "BYE",
				       "CANCEL",    "MESSAGE",	 "NOTIFY",  "SUBSCRIBE", "PUBLISH",
				       "INFO",	    "UPDATE",	 "PRACK",   "REFER",	 "invite",
				       "SUBSCRIBX", "REGISTERS", "FOO",	    "x",	 "%!" };

static const char *const uris[] = { "sip:bob@example.com",
				    "sip:192.0.2.1",
				    "sips:a:b@[2001:db8::1]:5061;transport=tcp",
				    "tel:+15551234;phone-context=x",
				    "sip:bob'--@192.0.2.1",
				    "sip:a%27%20or%201@b?x=y",
				    "sip:a\001b@c",
				    "urn:service:sos",
				    "sip:nm",
				    "*",
				    "" };

static const char *const lines[] = {
	"Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK776asdhds;rport\r\n",
	"v: SIP/2.0/TCP [2001:db8::9]:5060 ; branch = \"z9hG4bKx\" , SIP/2.0/UDP b\r\n",
	"Via: SIP / 2.0 / TLS pc33.atlanta.com:9 ;branch=foo\r\n",
	"Via : SIP/2.0/WSS a;ttl=1;maddr=2;received=3;branch=\r\n",
	"From: \"A \\\" ;tag=x <sip:a@b>\" <sip:alice@example.com>;tag=1928301774\r\n",
	"f:sip:a@b;tag=9fxced76sl\r\n",
	"To: <sip:bob@example.com>\r\n",
	"t: \"sipvicious\"<sip:100@1.1.1.1>\r\n",
	"Call-ID: a84b4c76e66710@pc33.atlanta.com\r\n",
	"i: 843817637684230@998sdasdh09\r\n",
	"CSeq: 1 INVITE\r\n",
	"CSEQ : 0000000001\r\n\tOPTIONS\r\n",
	"CSeq: 4294967296 REGISTER\r\n",
	"Contact: <sip:alice@pc33.atlanta.com>\r\n",
	"m: sip:123@1.1.1.1\r\n",
	"Max-Forwards: 70\r\n",
	"Max-Forwards: 0\r\n",
	"User-Agent: friendly-scanner\r\n",
	"User-Agent: Cisco-SIPGateway/IOS-12.x\r\n",
	"Server: x\r\n",
	"Authorization: Digest username=\"a\", realm=\"b\", nonce=\"c\", response=\"d\"\r\n",
	"Proxy-Authorization: Digest nonce=c,username=a\r\n",
	"Route: <sip:192.0.2.1;lr>\r\n",
	"Expires: 3600\r\n",
	"Content-Length: 0\r\n",
	"l: 5\r\n",
	"Content-Type: application/sdp\r\n",
	"Subject:\r\n",
	": \r\n",
	"no colon\r\n",
};

static void start_line(struct random *r, struct diff_message *m)
{
	static const char *const versions[] = { "SIP/2.0", "sip/2.0",  "SIP/3.0", "SIP/2.00",
						"SIP/",	   "HTTP/1.1", "" };

	if (random_percent(r, 10)) {
		add_text(m, random_percent(r, 80) ? "SIP/2.0 200 OK\r\n" : "SIP/2.0\t99 x\r\n");
		return;
	}
	add_text(m, random_of(r, methods));
	add_text(m, " ");
	add_text(m, random_of(r, uris));
	add_text(m, " ");
	add_text(m, random_percent(r, 85) ? "SIP/2.0" : random_of(r, versions));
	add_text(m, "\r\n");
}

static void compose(struct random *r, struct diff_message *m)
{
	__u32 n = random_below(r, 16);

	m->len = 0;
	start_line(r, m);
	for (__u32 i = 0; i < n; i++)
		add_text(m, random_of(r, lines));
	add_text(m, "\r\n");
	if (random_percent(r, 30))
		add_text(m, "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\nVia: x\r\n\r\n");
}

/* --- changes ----------------------------------------------------------------------------------*/

static const __u32 lengths[] = { 1,   2,   3,	4,    7,    8,	  9,	15,   16,   17,	  31,  63,
				 64,  65,  120, 127,  128,  129,  255,	256,  257,  511,  512, 513,
				 600, 800, 960, 1023, 1024, 1025, 1400, 2040, 2047, 2048, 2049 };

static void change_fold(struct random *r, struct diff_message *m)
{
	static const char *const folds[] = { "\r\n ", "\r\n\t", "\n ", "\r\n \r\n ", "\r\n  \t" };
	__u32 at = any_offset(r, m);

	if (random_percent(r, 70))
		at = near_any(m, at, " ;,:=<>@/");
	put_text(m, at, random_of(r, folds));
}

/* The long name of a header for its compact form, and the other way round. */
static void change_compact(struct random *r, struct diff_message *m)
{
	static const char *const names[][2] = {
		{ "Via", "v" },	    { "From", "f" },	{ "To", "t" },
		{ "Call-ID", "i" }, { "Contact", "m" }, { "Content-Length", "l" },
	};
	__u32 at = any_line(r, m), colon = near_any(m, at, " :\t");

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		for (int form = 0; form < 2; form++) {
			__u32 len = strlen(names[i][form]);

			if (colon - at != len || memcmp(m->at + at, names[i][form], len))
				continue;
			take_out(m, at, colon);
			put_text(m, at, names[i][!form]);
			return;
		}
	}
}

static void change_reorder(struct random *r, struct diff_message *m)
{
	__u32 from = any_line(r, m), to = line_end(m, from), len = to - from;
	struct diff_message line;

	memcpy(line.at, m->at + from, len);
	take_out(m, from, to);
	put(m, any_line(r, m), line.at, len);
}

static void change_cut(struct random *r, struct diff_message *m)
{
	m->len = any_offset(r, m);
}

static void change_repeat(struct random *r, struct diff_message *m)
{
	__u32 from = any_line(r, m), len = line_end(m, from) - from;
	__u32 times = random_percent(r, 80) ? 1 : random_below(r, 80);
	struct diff_message line;

	memcpy(line.at, m->at + from, len);
	for (__u32 i = 0; i < times; i++)
		put(m, random_percent(r, 50) ? from : any_line(r, m), line.at, len);
}

static void change_case(struct random *r, struct diff_message *m)
{
	__u32 at = random_percent(r, 60) ? any_line(r, m) : any_offset(r, m);
	__u32 end = at + 1 + random_below(r, 20);

	for (; at < end && at < m->len; at++)
		if ((m->at[at] | 0x20) >= 'a' && (m->at[at] | 0x20) <= 'z')
			m->at[at] ^= 0x20;
}

/* One line end, or all of them, in another form. */
static void change_line_ends(struct random *r, struct diff_message *m)
{
	static const char *const ends[] = { "\n", "\r\n", "\r", "\r\r\n", "\n\n", "\n\r" };
	const char *end = random_percent(r, 60) ? "\n" : random_of(r, ends);
	int all = random_percent(r, 50);
	__u32 at = all ? 0 : any_offset(r, m), len = strlen(end);

	while ((at = line_end(m, at)) && at <= m->len && m->at[at - 1] == '\n') {
		__u32 from = at - 1 - (at > 1 && m->at[at - 2] == '\r');

		take_out(m, from, at);
		put_text(m, from, end);
		at = from + len;
		if (!all || at >= m->len)
			return;
	}
}

static void change_blanks(struct random *r, struct diff_message *m)
{
	static const __u8 blanks[] = { ' ', ' ', ' ', '\t', '\t', '\r', '\0', '\v' };
	__u32 at = near_any(m, any_offset(r, m), ":;=,/<>@ \"");

	put_run(m, at + random_below(r, 2), random_of(r, blanks),
		random_percent(r, 90) ? 1 + random_below(r, 3) : random_of(r, lengths));
}

static void change_quotes(struct random *r, struct diff_message *m)
{
	static const char *const texts[] = { "\"",	    "\\",    "\\\"",	 "\"\"",
					     "\"a;tag=b\"", "\"<\"", "\"\\\"\"", "<",
					     ">",	    "<sip:", "\",\"",	 "\\\\\"" };

	put_text(m, near_any(m, any_offset(r, m), ":;=, \""), random_of(r, texts));
}

static void change_bytes(struct random *r, struct diff_message *m)
{
	static const __u8 bytes[] = { 0,    1,	 '\r', '\n', ' ', '\t', 0x1f, '!',  '"',  '%',
				      '\'', '/', '0',  '9',  ':', ';',	'<',  '=',  '>',  '@',
				      'A',  '[', '\\', ']',  'z', 0x7f, 0x80, 0x8d, 0xa0, 0xff };
	__u32 n = 1 + random_below(r, random_percent(r, 80) ? 3 : 40);

	for (__u32 i = 0; i < n && m->len; i++) {
		__u32 at = random_below(r, m->len);

		m->at[at] = random_percent(r, 70) ? random_of(r, bytes) : random_next(r);
	}
}

static void change_flip(struct random *r, struct diff_message *m)
{
	if (m->len)
		m->at[random_below(r, m->len)] ^= 1 << random_below(r, 8);
}

static void change_long(struct random *r, struct diff_message *m)
{
	static const __u8 bytes[] = { 'a', 'Z', '0', '7', ' ', ';', '"', '\\', ',', 0xc3, '=', '<' };
	__u32 len = random_of(r, lengths);

	put_run(m, any_offset(r, m), random_of(r, bytes), len + random_below(r, 3));
}

/* Offset behind the next ";tag=", ";branch=" or "sip:", or `at`. */
static __u32 near_word(struct random *r, const struct diff_message *m, __u32 at)
{
	static const char *const words[] = { ";tag=", ";branch=", "sip:" };
	const char *word = random_of(r, words);
	const __u8 *found = memmem(m->at + at, m->len - at, word, strlen(word));

	return found ? (__u32)(found - m->at + strlen(word)) : at;
}

/* As many of something as a limit allows, or about as many. */
static void change_runs(struct random *r, struct diff_message *m)
{
	static const char *const texts[] = { "\\\"", "%", "'", ";", ",",  "\"\"", "=",
					     "a=b;", "<", ":", "0", "\t", "-",	  "ab" };
	static const __u32 counts[] = { 14, 15, 16, 17, 30, 31, 32, 33, 39, 40, 41, 60, 62, 63, 64 };
	const char *text = random_of(r, texts);
	__u32 at = any_offset(r, m), n = random_of(r, counts);
	int quoted = random_percent(r, 30);

	at = random_percent(r, 50) ? near_word(r, m, at) : near_any(m, at, ";:=<");
	if (quoted)
		put_text(m, at, "\"");
	while (n--)
		put_text(m, at, text);
	if (quoted)
		put_text(m, at, ";a=\"");
}

static void change_lines(struct random *r, struct diff_message *m)
{
	static const char *const small[] = {
		"x:y\r\n", "\tx\r\n", "a:\n", " \n", "v:\n", "i:x\r\n"
	};
	const char *line = random_of(r, small);
	__u32 n = random_percent(r, 50) ? 40 + random_below(r, 40) : random_below(r, 10);

	for (__u32 i = 0; i < n; i++)
		put_text(m, any_line(r, m), line);
}

static void change_delete(struct random *r, struct diff_message *m)
{
	__u32 from = any_line(r, m), to = line_end(m, from);

	if (random_percent(r, 40)) {
		from = any_offset(r, m);
		to = from + 1 + random_below(r, 12);
		to = to < m->len ? to : m->len;
	}
	take_out(m, from, to);
}

/* The end of another seed behind the beginning of this one, or a piece of it inside. */
static void change_splice(struct random *r, struct diff_message *m)
{
	const struct seed *other = &seeds[random_below(r, seed_count)];
	__u32 from = random_below(r, other->len + 1), len = other->len - from;

	if (random_percent(r, 50))
		m->len = any_offset(r, m);
	else
		len = random_below(r, (len < 64 ? len : 64) + 1);
	put(m, random_percent(r, 50) ? m->len : any_line(r, m), other->text + from, len);
}

static void change_front(struct random *r, struct diff_message *m)
{
	static const char *const fronts[] = { "\r\n", "\r\n\r\n", "\n", " ", "\t", "\r", "x", "\v" };
	static const __u8 runs[] = { 0, ' ', '\n', '\r', '\t', 1, 0x1f };

	if (random_percent(r, 60))
		put_text(m, 0, random_of(r, fronts));
	else
		put_run(m, 0, random_of(r, runs), random_of(r, lengths));
}

static void change_param(struct random *r, struct diff_message *m)
{
	static const char *const params[] = {
		";tag=x",
		";tag=",
		";branch=z9hG4bKy",
		";branch",
		";TAG =\"q;r\"",
		";rport",
		",",
		";=;",
		";;;;;;",
		";a=\"b;tag=c\"",
		";branch=\"z9hG4bK\"",
		";tagx=y",
		";xtag=y",
		"?tag=z",
		":9",
	};

	put_text(m, near_any(m, any_offset(r, m), ";,\r\n>"), random_of(r, params));
}

static void change_number(struct random *r, struct diff_message *m)
{
	static const char *const numbers[] = {
		"0",
		"00",
		"9",
		"1234",
		"63104",
		"4294967295",
		"4294967296",
		"2147483648",
		"-1",
		"99999999999999999999",
		"000000000000001",
		"18446744073709551616",
		"65535",
		"x",
		"",
		"000000000000000000000000000000000000000000000001",
		"0000000000000000000000000000000000000001",
		"00000000000000000000000000000000000000001",
	};
	__u32 from = near_any(m, any_offset(r, m), "0123456789"), to = from;

	while (to < m->len && m->at[to] >= '0' && m->at[to] <= '9')
		to++;
	take_out(m, from, to);
	put_text(m, from, random_of(r, numbers));
}

static void change_header(struct random *r, struct diff_message *m)
{
	put_text(m, any_line(r, m), random_of(r, lines));
}

static void (*const changes[])(struct random *, struct diff_message *) = {
	change_fold,  change_compact,	change_reorder, change_cut,    change_repeat,
	change_case,  change_line_ends, change_blanks,	change_quotes, change_bytes,
	change_flip,  change_long,	change_lines,	change_delete, change_splice,
	change_front, change_param,	change_number,	change_header, change_runs,
};

void diff_message_make(struct random *r, struct diff_message *out)
{
	const struct seed *seed = &seeds[random_below(r, seed_count)];
	__u32 n = random_below(r, CHANGES_MAX + 1);

	if (random_percent(r, 25)) {
		compose(r, out);
	} else {
		out->len = 0;
		put(out, 0, seed->text, seed->len);
	}
	for (__u32 i = 0; i < n; i++)
		random_of(r, changes)(r, out);
}

/* --- seeds ------------------------------------------------------------------------------------*/

static int read_seed(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	static __u8 text[MESSAGE_MAX];
	struct seed seed = { 0 };
	FILE *file;

	(void)status;
	if (kind != FTW_F || path[where->base] == '.')
		return 0;
	if (seed_count == SEEDS_MAX)
		return -ENOSPC;
	file = fopen(path, "re");
	if (!file)
		return -errno;
	seed.len = fread(text, 1, sizeof(text), file);
	fclose(file);
	seed.text = malloc(seed.len + 1);
	if (!seed.text)
		return -ENOMEM;
	memcpy(seed.text, text, seed.len);
	seeds[seed_count++] = seed;
	return 0;
}

/* Sorted, so that the same seed of chance makes the same messages on every file system. */
static int compare_seeds(const void *a, const void *b)
{
	const struct seed *x = a, *y = b;
	__u32 len = x->len < y->len ? x->len : y->len;
	int order = memcmp(x->text, y->text, len);

	return order ? order : (x->len > y->len) - (x->len < y->len);
}

int diff_seeds_read(const char *folder)
{
	__u32 before = seed_count;
	int err = nftw(folder, read_seed, FOLDERS_OPEN, FTW_PHYS);

	if (err)
		return err == -1 ? -errno : err;
	qsort(seeds, seed_count, sizeof(seeds[0]), compare_seeds);
	return (int)(seed_count - before);
}
