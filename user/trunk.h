/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The peers that the configuration of a SIP server names: carriers, gateways, other servers. They
 * send calls without a registration, so that nothing but a list tells them from strangers. Pure:
 * text in, lists out; host.h reads the files.
 *
 * The readers take what they know and pass over the rest: these files are other programs' and
 * their errors are those programs' to report.
 */
#ifndef SIPSHIELD_TRUNK_H
#define SIPSHIELD_TRUNK_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"

#define TRUNK_HOST_LEN 256
#define TRUNKS_MAX 4096
#define TRUNK_FILES_MAX 256

/* What a file is, and so how it is read. */
enum trunk_kind {
	TRUNK_KAMAILIO_CFG, /* names further files; OpenSIPS has the same form */
	TRUNK_DISPATCHER,   /* Kamailio's dispatcher.list */
	TRUNK_ADDRESS,	    /* Kamailio's address file of permissions */
	TRUNK_DBTEXT,	    /* a table of db_text: dispatcher or address */
	TRUNK_PJSIP,	    /* Asterisk's pjsip.conf and pjsip_wizard.conf */
	TRUNK_CHAN_SIP,	    /* Asterisk's sip.conf */
	TRUNK_FREESWITCH,   /* FreeSWITCH's XML: gateways and access lists */
	TRUNK_KINDS,
};

/* What becomes of a peer in a policy; trunk_judge. */
enum trunk_fate {
	TRUNK_TAKEN,   /* a carrier */
	TRUNK_NAMED,   /* a host name: not looked up */
	TRUNK_WIDE,    /* so wide a prefix that it is nobody in particular */
	TRUNK_OWN,     /* this host itself */
	TRUNK_COVERED, /* in another one's prefix already */
};

struct trunk {
	char name[CARRIER_NAME_LEN]; /* valid as a carrier's; those of one name are one carrier */
	char host[TRUNK_HOST_LEN];   /* a host name; "": it stands there as an address */
	struct addr address;
	__u8 length;	  /* of the prefix, from the mapped address; 0 with a host: not looked up */
	const char *file; /* where it was found; borrowed */
	unsigned int line;
	enum trunk_fate fate;
};

struct trunks {
	struct trunk *item; /* at most TRUNKS_MAX */
	size_t count;
};

struct trunk_source {
	enum trunk_kind kind;
	char *path; /* may have wildcards, as the shell's */
	bool found; /* it was there and was read */
};

/* Files that were read or are to be. The paths stay where they are while the list grows. */
struct trunk_sources {
	struct trunk_source *item; /* at most TRUNK_FILES_MAX, each path once */
	size_t count;
};

/* One file that is read. */
struct trunk_reader {
	const char *file; /* outlives trunks */
	struct trunks *trunks;
	struct trunk_sources *more; /* the files that it names */
};

void trunks_free(struct trunks *trunks);
void trunk_sources_free(struct trunk_sources *sources);

/*
 * Adds a file to read, unless it is there or the list is full. A path that is not absolute is
 * beside the file `beside` (NULL: it is absolute). Returns 0 or -ENOMEM.
 */
int trunk_source_add(struct trunk_sources *sources, enum trunk_kind kind, const char *path,
		     size_t len, const char *beside);

/* Reads one file's text. Returns 0 or -ENOMEM. */
int trunk_read(enum trunk_kind kind, const char *text, struct trunk_reader *reader);

/*
 * For the readers. Adds a peer: an address, a prefix, a host name, each with or without a port,
 * or a SIP URI of one of these. What is none of them, loopback and the unspecified address are
 * left out. name is made valid. Returns 0 or -ENOMEM.
 */
int trunk_add(struct trunk_reader *reader, const char *name, const char *peer, size_t len,
	      unsigned int line);

/* A part of the text that is read. */
struct trunk_span {
	const char *at;
	size_t len;
};

/* Takes the next line, without its end, off *text; false: there is none. */
bool trunk_line(const char **text, struct trunk_span *line);
/* Takes the next word, up to a character of stop, off a line; false: there is none. */
bool trunk_word(struct trunk_span *line, const char *stop, struct trunk_span *word);
/* Without blanks at both ends. */
struct trunk_span trunk_trim(struct trunk_span span);
bool trunk_is(struct trunk_span span, const char *text);     /* in any case */
bool trunk_begins(struct trunk_span span, const char *text); /* in any case */

/* The readers of each kind, for trunk_read. */
int trunk_read_kamailio_cfg(const char *text, struct trunk_reader *reader);
int trunk_read_dispatcher(const char *text, struct trunk_reader *reader);
int trunk_read_address(const char *text, struct trunk_reader *reader);
int trunk_read_dbtext(const char *text, struct trunk_reader *reader);
int trunk_read_pjsip(const char *text, struct trunk_reader *reader);
int trunk_read_chan_sip(const char *text, struct trunk_reader *reader);
int trunk_read_freeswitch(const char *text, struct trunk_reader *reader);

struct policy_prefix_list;

/*
 * Decides what becomes of each: no two carriers may overlap, the wider prefix is taken. own: the
 * addresses of this host. The order changes: by name, the names in the order in which they were
 * found.
 */
void trunk_judge(struct trunks *trunks, const struct policy_prefix_list *own);

#endif
