/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What different parsers take one message to be: the shield's, that of a Kamailio that runs beside
 * and logs what it read, and libosip2's.
 */
#ifndef SIPSHIELD_TESTS_PARITY_H
#define SIPSHIELD_TESTS_PARITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_MAX 8192 /* bytes of a message */
#define NOTE_MAX 192

enum field {
	FIELD_METHOD,	/* its name, as it stands there */
	FIELD_KNOWN,	/* which of the known methods that is, "other" for none */
	FIELD_USER,	/* of the Request-URI */
	FIELD_BRANCH,	/* of the topmost Via */
	FIELD_FROM_TAG, /* of the From value as a whole */
	FIELD_LAST_TAG, /* the same as checks read it: only if it is the last parameter */
	FIELD_CALL_ID,
	FIELD_CSEQ, /* its number, without leading zeros; "overflow" beyond 32 bits */
	FIELD_CSEQ_METHOD,
	FIELD_MISSING, /* of Via, From, To, Call-ID and CSeq, those that were not seen */
	FIELD_MAX,
};

extern const char *const field_names[FIELD_MAX];

enum taken { TAKEN_REFUSED, TAKEN_REQUEST, TAKEN_RESPONSE };

/* A value: bytes, of any value. An absent one and an empty one are the same. */
struct value {
	size_t len;
	char text[MESSAGE_MAX];
};

struct reading {
	enum taken taken;
	bool unsure;  /* the shield: the branch is one that servers may read otherwise */
	bool no_from; /* Kamailio: gave up on the From value */
	bool no_uri;  /* Kamailio: gave up on the Request-URI */
	struct value field[FIELD_MAX];
};

struct message {
	size_t len;
	char text[MESSAGE_MAX];
	char note[NOTE_MAX]; /* where it comes from and what was done to it */
};

void value_set(struct value *value, const char *text, size_t len);
bool value_same(const struct value *a, const struct value *b);
/* Makes of decimal digits what FIELD_CSEQ has; leaves what is no number. */
void value_number(struct value *to);
void reading_clear(struct reading *reading);

/* What the parser in this process, and libosip2, make of a message. */
void shield_read(const struct message *m, struct reading *out);
void osip_start(void); /* before the first */
void osip_read(const struct message *m, struct reading *out);

/* --- the corpus --- */

/*
 * Reads all *.sip below a folder, in the order of their names. Returns how many, or a negative
 * errno. They stay for the life of the process.
 */
int corpus_load(const char *folder, const struct message **out);

/* Message number n of a seed: a file of the corpus with one to four changes. Always the same. */
void corpus_mutate(const struct message *from, uint64_t seed, uint64_t n, struct message *out);

/* --- Kamailio --- */

#define KAMAILIO_WINDOW 64 /* messages sent before answers are waited for */

struct kamailio;

/*
 * Sends to UDP 127.0.0.1:port from sockets of 127.0.0.1; the log is read from the stream. NULL with
 * a line on stderr: that failed.
 */
struct kamailio *kamailio_open(int port, int log);

/*
 * Gives it n messages, at most KAMAILIO_WINDOW, and reads what it made of them. Returns 0 or, when
 * it no longer answers, -ETIMEDOUT.
 */
int kamailio_read(struct kamailio *k, const struct message *m, int n, struct reading *out);

/* --- differences --- */

/* One field that two parsers read differently. */
struct difference {
	const struct message *message;
	const struct reading *shield;
	const struct reading *other; /* Kamailio, or libosip2 where Kamailio refuses the message */
	bool by_kamailio;
	enum field field; /* FIELD_MAX: whether it is a request at all */
};

/* The class that explains a difference, an index below difference_classes(); -1: a finding. */
int difference_class(const struct difference *d);
const char *difference_class_name(int class);
int difference_classes(void);

/* --- a message as anyone can see it --- */

#define MESSAGE_HEADERS 512

/* A header, [begin, end) with its continuation lines, without its line's end. */
struct header {
	size_t begin;
	size_t value; /* behind the colon */
	size_t end;
	int lines; /* up to its last, the start line not counted */
};

struct headers {
	size_t line_end; /* of the start line */
	size_t end;	 /* of the last header */
	int count;
	struct header header[MESSAGE_HEADERS];
};

/* Lines end with a line feed. */
void headers_find(const struct message *m, struct headers *out);

/* The first header with this name or its compact form (0: it has none), or NULL. */
const struct header *headers_named(const struct message *m, const struct headers *h,
				   const char *name, char compact);

#endif
