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
 * Reads FILE, or FILE and then conf.d/ beside it (names ending in .yaml, in lexical order) when its
 * name is sipshield.yaml: lists grow from file to file, the last one's other values hold. NULL: the
 * defaults. Same errors; -ENOENT and the like are printed to err too.
 */
int policy_load(const char *path, struct policy_doc *doc, FILE *err);

/* Says on warn which signatures hit everything, and which an earlier one hides. */
void policy_warn_signatures(const struct policy_doc *doc, FILE *warn);

/* Prints a policy that policy_parse reads back to the same document. Returns 0 or -EIO. */
int policy_print(const struct policy_doc *doc, FILE *out);

#endif
