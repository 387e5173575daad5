/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy as an operator writes it: YAML to a checked document and back. Pure but for
 * policy_load, which reads files.
 */
#ifndef SIPSHIELD_POLICY_H
#define SIPSHIELD_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "maps/types.h"

#define POLICY_LISTENERS_MAX 256U  /* listeners in a policy */
#define POLICY_FILE_MAX (1U << 20) /* bytes of one file */
#define POLICY_FILES_MAX 256U	   /* files that make one policy */
#define LIST_FILE_MAX (64U << 20)  /* bytes of one list */
#define LIST_LINE_MAX 512U	   /* bytes of one of its lines */
#define LIST_ENTRIES_MAX 2000000U  /* in all lists of a kind, whatever the policy says */
#define POLICY_CPS_DEFAULT 100	   /* calls a second of a carrier */
#define POLICY_PATH "/etc/sipshield/sipshield.yaml"

/*
 * rate: events a second, a multiple of 0.000001; 0: no limit. burst: events at once, a whole
 * number >= 1.
 */
struct policy_limit {
	double rate;
	double burst;
};

/* Index into policy_doc.file, line and column from 1; line 0: from no file. */
struct policy_place {
	__u16 file;
	__u32 line;
	__u32 column;
};

struct policy_listener {
	__u8 transport; /* enum listener_transport */
	__u16 port;	/* host byte order */
	bool has_address;
	struct addr address;
	struct policy_place at;
};

/* length counts from the mapped address: an IPv4 /24 is 120. Host bits are zero. */
struct policy_prefix {
	struct addr address;
	__u8 length;
	/* Where it was written, for messages: index into policy_doc.file, line and column from 1. */
	__u16 file;
	__u32 line;
	__u32 column;
};

struct policy_prefix_list {
	struct policy_prefix *item;
	size_t count;
};

struct policy_carrier {
	char name[CARRIER_NAME_LEN]; /* letters, digits, dots, dashes, underscores */
	double cps;		     /* new calls a second */
	struct policy_prefix_list prefixes;
	struct policy_place cps_at;
	struct policy_place at; /* line 0: a list alone names it */
};

/* The kinds of lists: lists/KIND.d/NAME.list beside the policy. */
enum policy_list_kind { LIST_DENY, LIST_ALLOW, LIST_CARRIERS, LIST_KINDS };
const char *policy_list_kind_name(unsigned int kind);

/* What a kind of list may be, all of its files together. */
struct policy_list_limits {
	__u32 max_entries;
	__u8 min_ipv4; /* least length of a prefix, in bits as they are written */
	__u8 min_ipv6;
	__u16 max_change; /* percent that a file may grow or shrink at once */
};

/* A list that was read. Its entries are in the document's allow, deny, carrier and ban. */
struct policy_list {
	__u16 file;    /* index into policy_doc.file */
	__u8 kind;     /* enum policy_list_kind */
	__u32 entries; /* in force; */
	__u32 expired; /* left out, because their time is over */
	__s64 mtime;   /* seconds since 1970 */
};

/* An entry of a deny list that ends: not a rule but a ban. */
#define POLICY_LIST_NOTE "list:" /* what the note of each begins with */
struct policy_ban {
	struct policy_prefix at;
	__s64 ends; /* seconds since 1970 */
	char note[BAN_NOTE_LEN];
};

/* file, line and column are of the entry, as in policy_prefix; 0: from no file. */
struct policy_signature {
	struct signature rule; /* its atoms in the order of user/signature.h */
	__u16 file;
	__u32 line;
	__u32 column;
};

/* Where a value was written that is in no list, as "limits.unknown.invite.rate". */
#define POLICY_PATH_LEN 96
struct policy_origin {
	char path[POLICY_PATH_LEN];
	struct policy_place at;
};

struct policy_doc {
	__u8 mode; /* enum rule_action: OFF, SHADOW, ENFORCE */
	__u8 ipv6_prefix;
	__u32 trust_seconds;
	__u32 proven_seconds; /* how long a proof of reachability holds */
	__u32 earned_max;     /* times the limits of `trusted`, at most, for many flows */
	__u32 work_per_tick;
	double events_per_second; /* sampled events of one reason */
	struct policy_listener *listener;
	size_t listeners;
	struct policy_prefix_list allow;
	struct policy_prefix_list deny;
	struct policy_carrier *carrier;
	size_t carriers;
	struct policy_signature *signature;
	size_t signatures;
	/* words of a User-Agent whose requests are dropped; as written */
	char user_agent[SIGNATURES_MAX][SIGNATURE_NAME_LEN];
	struct policy_place user_agent_at[SIGNATURES_MAX];
	size_t user_agents;
	struct policy_limit lane[LANE_MAX];
	__u8 lane_minimum; /* percent of their rates that stay when the server does badly */
	struct policy_limit limit[STANDING_MAX][CLASS_MAX]; /* rows UNKNOWN, PROVEN, TRUSTED */
	__u8 action[128]; /* enum rule_action by enum reason, DROP reasons only */
	char **file;	  /* names of what it was read from */
	size_t files;
	struct policy_origin *origin; /* of values that some file has; the last file's */
	size_t origins;
	struct policy_list_limits list_limits[LIST_KINDS];
	struct policy_list *list; /* in the order in which they were read */
	size_t lists;
	struct policy_ban *ban;
	size_t bans;
	size_t policies; /* of the files, those at the beginning that are no lists */
};

/*
 * Writes the defaults: what an empty policy means. The document must be freed. Without memory it
 * has no listener, which no other document lacks; plan_build refuses it.
 */
void policy_defaults(struct policy_doc *doc);
void policy_free(struct policy_doc *doc);

/*
 * Reads a policy from text; file names it in messages. All errors (at most 20) go to err as
 * "FILE:LINE:COL: error: what; fix: how", the line and a caret.
 * Returns 0, or -EINVAL with *doc untouched; -ENOMEM.
 */
int policy_parse(const char *file, const char *text, size_t len, struct policy_doc *doc, FILE *err);

/*
 * Reads the text of a list into the defaults; file names it, and a carrier. mtime and now are in
 * seconds since 1970. Same errors.
 */
int policy_parse_list(enum policy_list_kind kind, const char *file, const char *text, size_t len,
		      __s64 mtime, __s64 now, struct policy_doc *doc, FILE *err);

/*
 * Reads FILE, or FILE and then conf.d/ beside it (names ending in .yaml, in lexical order) when its
 * name is sipshield.yaml: lists grow from file to file, the last one's other values hold. To such a file
 * belong lists/deny.d/, allow.d/ and carriers.d/ beside it, too (names ending in .list), see
 * docs/lists.md. NULL: the defaults. Same errors; -ENOENT and the like are printed to err too.
 */
int policy_load(const char *path, struct policy_doc *doc, FILE *err);

/* Says on warn which signatures hit everything, and which an earlier one hides. */
void policy_warn_signatures(const struct policy_doc *doc, FILE *warn);

/*
 * The same for what policy_print has printed, which is as long as all files of a policy together.
 * beside: the policy file whose lists belong to it, too; NULL: none.
 */
int policy_parse_printed(const char *file, const char *text, size_t len, const char *beside,
			 struct policy_doc *doc, FILE *err);

/* Prints a policy that policy_parse reads back to the same document. Returns 0 or -EIO. */
int policy_print(const struct policy_doc *doc, FILE *out);

#endif
