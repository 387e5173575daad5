// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * parity read PATH                              what the shield and libosip2 make of messages
 * parity message FOLDER NUMBER SEED             writes one of those that compare makes
 * parity compare FOLDER COUNT SEED PORT <LOG    compares with a Kamailio at 127.0.0.1:PORT that
 *                                               logs to LOG: the files below FOLDER, then COUNT
 *                                               messages made of them
 */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/parity/parity.h"

#define SHOWN_MAX 40 /* findings that are shown whole */
#define TEXT_SHOWN 1500

static const char *const taken_names[] = {
	[TAKEN_REFUSED] = "refused",
	[TAKEN_REQUEST] = "request",
	[TAKEN_RESPONSE] = "response",
};

struct tally {
	unsigned long messages;
	unsigned long taken[3][3]; /* by Kamailio, by the shield */
	unsigned long second;	   /* refused by Kamailio, taken by libosip2 */
	unsigned long osip_alone;  /* fields in which the other two agree */
	unsigned long class[64];
	unsigned long findings;
};

/* As in a C string, without line breaks. */
static void print_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len && i < TEXT_SHOWN; i++) {
		unsigned char c = text[i];

		if (c == '\\' || c == '"')
			printf("\\%c", c);
		else if (c == '\r' || c == '\n')
			fputs(c == '\r' ? "\\r" : "\\n", stdout);
		else if (isprint(c))
			putchar(c);
		else
			printf("\\%03o", c);
	}
	if (len > TEXT_SHOWN)
		printf("... %zu bytes", len);
}

static void show(const struct difference *d)
{
	const char *other = d->by_kamailio ? "Kamailio" : "libosip2";

	printf("difference in %s, %s\n", d->field < FIELD_MAX ? field_names[d->field] : "kind",
	       d->message->note);
	printf("  shield   \"");
	if (d->field < FIELD_MAX)
		print_text(d->shield->field[d->field].text, d->shield->field[d->field].len);
	else
		fputs(taken_names[d->shield->taken], stdout);
	printf("\"\n  %s \"", other);
	if (d->field < FIELD_MAX)
		print_text(d->other->field[d->field].text, d->other->field[d->field].len);
	else
		fputs(taken_names[d->other->taken], stdout);
	printf("\"\n  message  \"");
	print_text(d->message->text, d->message->len);
	printf("\"\n");
}

static void judge(const struct difference *d, struct tally *tally)
{
	int class = difference_class(d);

	if (class >= 0) {
		tally->class[class]++;
		return;
	}
	if (tally->findings++ < SHOWN_MAX)
		show(d);
}

/* libosip2 tells neither which methods it knows nor what is missing, and takes the first tag. */
static bool is_told(enum field field, bool by_kamailio)
{
	return by_kamailio ||
	       (field != FIELD_KNOWN && field != FIELD_MISSING && field != FIELD_LAST_TAG);
}

static void compare_fields(struct difference *d, struct tally *tally)
{
	for (int i = 0; i < FIELD_MAX; i++) {
		if (!is_told(i, d->by_kamailio) ||
		    value_same(&d->shield->field[i], &d->other->field[i]))
			continue;
		d->field = i;
		judge(d, tally);
	}
}

static void compare(const struct message *m, const struct reading *kamailio, struct tally *tally)
{
	static struct reading shield, osip;
	struct difference d = { .message = m, .shield = &shield, .field = FIELD_MAX };

	shield_read(m, &shield);
	osip_read(m, &osip);
	tally->messages++;
	tally->taken[kamailio->taken][shield.taken]++;
	d.by_kamailio = kamailio->taken != TAKEN_REFUSED;
	d.other = d.by_kamailio ? kamailio : &osip;
	if (d.other->taken == TAKEN_REFUSED)
		return;
	tally->second += !d.by_kamailio;
	if (d.other->taken != shield.taken)
		judge(&d, tally);
	else if (shield.taken == TAKEN_REQUEST)
		compare_fields(&d, tally);
}

static void sum_up(const struct tally *t)
{
	printf("%lu messages\n", t->messages);
	for (int k = 0; k < 3; k++)
		for (int s = 0; s < 3; s++)
			printf("%8lu  Kamailio: %s, shield: %s\n", t->taken[k][s], taken_names[k],
			       taken_names[s]);
	printf("%8lu  refused by Kamailio, read by libosip2\n", t->second);
	for (int i = 0; i < difference_classes(); i++)
		if (t->class[i])
			printf("%8lu  argued: %s\n", t->class[i], difference_class_name(i));
	printf("%8lu  findings\n", t->findings);
}

/* The files are the first, unchanged. */
static void message_number(const struct message *corpus, unsigned long n, unsigned long number,
			   uint64_t seed, struct message *out)
{
	if (number < n)
		*out = corpus[number];
	else
		corpus_mutate(&corpus[number % n], seed, number, out);
}

static int run_compare(const char *folder, unsigned long count, uint64_t seed, int port)
{
	static struct message messages[KAMAILIO_WINDOW];
	static struct reading readings[KAMAILIO_WINDOW];
	const struct message *corpus;
	struct kamailio *k = kamailio_open(port, STDIN_FILENO);
	struct tally tally = { 0 };
	int n = corpus_load(folder, &corpus), filled = 0;

	if (!k || n < 0) {
		fprintf(stderr, "parity: %s: no messages\n", folder);
		return 1;
	}
	for (unsigned long i = 0; i < n + count; i++) {
		message_number(corpus, n, i, seed, &messages[filled++]);
		if (filled < KAMAILIO_WINDOW && i + 1 < n + count)
			continue;
		if (kamailio_read(k, messages, filled, readings)) {
			fprintf(stderr, "parity: Kamailio does not answer\n");
			return 1;
		}
		while (filled)
			filled--, compare(&messages[filled], &readings[filled], &tally);
	}
	sum_up(&tally);
	return tally.findings != 0;
}

static int run_message(const char *folder, unsigned long number, uint64_t seed)
{
	static struct message m;
	const struct message *corpus;
	int n = corpus_load(folder, &corpus);

	if (n < 0) {
		fprintf(stderr, "parity: %s: no messages\n", folder);
		return 1;
	}
	message_number(corpus, n, number, seed, &m);
	fwrite(m.text, 1, m.len, stdout);
	return 0;
}

/* Bytes beyond ASCII, and NULs, as the characters of the same number. */
static json_t *json_value(const struct value *value)
{
	static char text[2 * MESSAGE_MAX];
	size_t len = 0;

	for (size_t i = 0; i < value->len; i++) {
		unsigned char c = value->text[i];

		if (c & 0x80)
			text[len++] = 0xc0 | c >> 6;
		text[len++] = c & 0x80 ? 0x80 | (c & 0x3f) : c;
	}
	return json_stringn(text, len);
}

static json_t *json_reading(const struct reading *reading)
{
	json_t *object = json_pack("{ss}", "taken", taken_names[reading->taken]);

	for (int i = 0; i < FIELD_MAX; i++)
		if (reading->field[i].len)
			json_object_set_new(object, field_names[i], json_value(&reading->field[i]));
	return object;
}

static int run_read(const char *path)
{
	static struct reading shield, osip;
	const struct message *m;
	int n = corpus_load(path, &m);
	json_t *object;

	if (n < 0) {
		fprintf(stderr, "parity: %s: %s\n", path, strerror(-n));
		return 1;
	}
	for (; n--; m++) {
		shield_read(m, &shield);
		osip_read(m, &osip);
		object = json_pack("{sssoso}", "message", m->note, "shield", json_reading(&shield),
				   "libosip2", json_reading(&osip));
		json_dumpf(object, stdout, JSON_COMPACT);
		putchar('\n');
		json_decref(object);
	}
	return 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	osip_start();
	if (argc == 3 && !strcmp(argv[1], "read"))
		return run_read(argv[2]);
	if (argc == 5 && !strcmp(argv[1], "message"))
		return run_message(argv[2], strtoul(argv[3], NULL, 0), strtoull(argv[4], NULL, 0));
	if (argc == 6 && !strcmp(argv[1], "compare"))
		return run_compare(argv[2], strtoul(argv[3], NULL, 0), strtoull(argv[4], NULL, 0),
				   atoi(argv[5]));
	fprintf(stderr, "usage: parity read PATH\n"
			"       parity message FOLDER NUMBER SEED\n"
			"       parity compare FOLDER COUNT SEED PORT <LOG\n");
	return 2;
}
