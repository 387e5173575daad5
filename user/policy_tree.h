/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the policy reader: the YAML tree, the files that it came from, the errors found so far.
 * Only user/policy*.c and what reads another file of this kind (user/drivers.c) include this.
 */
#ifndef SIPSHIELD_POLICY_TREE_H
#define SIPSHIELD_POLICY_TREE_H

#include "user/policy.h"

#define POLICY_ERRORS_MAX 20

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

/* A value of the YAML tree. The children of a map are key, value, key, value. */
struct node {
	enum node_kind kind;
	bool plain; /* a scalar without quotes */
	__u32 line; /* both from 1; columns count characters */
	__u32 column;
	char *text;	    /* of a scalar; ends with a NUL and may hold others */
	size_t length;	    /* bytes of text */
	struct node *child; /* the first one */
	struct node *last;
	struct node *next; /* its sibling */
};

/* A file that is being read, or has been. */
struct policy_source {
	char *file;
	char *text;
	size_t length;
};

struct policy_error {
	__u16 file; /* index of the source */
	__u32 line;
	__u32 column;
	char text[480]; /* "what; fix: how" */
};

/* All that reading a policy needs. doc.file[i] and source[i] are the same file. */
struct policy_reader {
	struct policy_doc doc;
	struct policy_source *source;
	size_t sources;
	bool listeners_given; /* doc.listener holds the operator's, no more the defaults */
	bool user_agents_given;
	bool printed; /* the carriers' lists may be missing */
	bool no_memory;
	const char *manual;	    /* lists the keys; NULL: docs/policy.md */
	char path[POLICY_PATH_LEN]; /* of the value being read, as "limits.unknown.invite" */
	struct policy_error error[POLICY_ERRORS_MAX];
	size_t errors;
	size_t suppressed; /* errors beyond those */
};

/* The checks that need the whole document. */
void policy_check_whole(struct policy_reader *reader);

/* Notes an error of the source that is read last. The text is "what; fix: how". */
void policy_error(struct policy_reader *reader, __u32 line, __u32 column, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void policy_error_at(struct policy_reader *reader, const struct policy_prefix *where,
		     const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Prints all errors in the order of the files, each with its line and a caret. */
void policy_errors_print(struct policy_reader *reader, FILE *err);

/* A value of a file as it may be printed: cut, without control characters. */
#define QUOTE_LEN 56
const char *policy_quote(const char *text, size_t length, char out[QUOTE_LEN]);
/* The one of n names that is near enough to a word to be meant by it, or NULL. */
const char *policy_nearest(const char *word, size_t n, const char *(*name)(unsigned int i));

/* Notes an error at a node, behind the path of the value that is being read. */
void policy_error_here(struct policy_reader *reader, const struct node *node, const char *format,
		       ...) __attribute__((format(printf, 3, 4)));

/*
 * The tree of the source that is read last, NULL if it is empty or nothing of it can be read. After
 * a syntax error it holds the top-level entries that come before. Errors are noted in the reader.
 */
struct node *policy_tree(struct policy_reader *reader);
void policy_tree_free(struct node *node);

/* Checks a tree against the schema and writes its values into reader->doc. */
void policy_schema(struct policy_reader *reader, const struct node *root);

/* The place of a node of the source that is read last. */
struct policy_place policy_place_of(const struct policy_reader *reader, const struct node *node);
/* The value of the path that is being read stands there; entries of lists keep their own place. */
void policy_note_origin(struct policy_reader *reader, const struct node *value);

/* A prefix as text; its place is the caller's. -EINVAL: why is "what; fix: how". */
#define POLICY_WHY_LEN 256
int policy_prefix_parse(const char *text, struct policy_prefix *prefix, char why[POLICY_WHY_LEN]);
void policy_add_prefix(struct policy_reader *reader, struct policy_prefix_list *list,
		       const struct policy_prefix *prefix);

/* The block `lists`, and what holds without it. */
void policy_read_lists(struct policy_reader *reader, const struct node *node);
void policy_list_defaults(struct policy_list_limits limits[LIST_KINDS]);
/* The source that is read last, as a list. */
struct policy_list_input {
	enum policy_list_kind kind;
	__s64 mtime; /* of the file, and */
	__s64 now;   /* the time, both in seconds since 1970 */
};
void policy_read_list_text(struct policy_reader *reader, const struct policy_list_input *input);

/* The lists `signatures` and `user-agents`, to reader->doc. */
void policy_read_signatures(struct policy_reader *reader, const struct node *node);
void policy_read_user_agents(struct policy_reader *reader, const struct node *node);

/* The keys that a block may hold: count of them by name(i), whose values read() takes. */
struct policy_block {
	size_t count;
	const char *(*name)(unsigned int i);
	void (*read)(struct policy_reader *reader, const struct node *value, unsigned int i,
		     void *out);
};

/* A number: what it is called, its least and greatest value. */
struct policy_range {
	const char *what;
	bool whole;
	__u32 min;
	__u32 max;
};

/*
 * These read a node or note an error and leave *out as it is. A null, the value of a key that has
 * none, is an empty list or block and no word.
 */
void policy_read_block(struct policy_reader *reader, const struct node *node,
		       const struct policy_block *block, void *out);
/* Calls read for every entry; example stands in the message to one who wrote no list. */
void policy_read_list(struct policy_reader *reader, const struct node *node, const char *example,
		      void (*read)(struct policy_reader *, const struct node *, void *), void *out);
/* enforce, shadow or off. */
void policy_read_action(struct policy_reader *reader, const struct node *node, __u8 *out);
/* A structural check's: score, too. */
void policy_read_check_action(struct policy_reader *reader, const struct node *node, __u8 *out);
void policy_read_number(struct policy_reader *reader, const struct node *node,
			const struct policy_range *range, double *out);
/* Returns the number, or value after an error. */
__u32 policy_read_whole(struct policy_reader *reader, const struct node *node,
			const struct policy_range *range, __u32 value);
/* The word of a scalar, or NULL after an error; fix is what could stand there. */
const char *policy_read_text(struct policy_reader *reader, const struct node *node,
			     const char *fix);
/* A name of 1 to size - 1 letters, digits, '.', '_' and '-', to out. Returns false after an error. */
bool policy_read_name(struct policy_reader *reader, const struct node *node, char *out,
		      size_t size);
/* 1 to size - 1 letters, digits, '.', '_' and '-'. */
bool policy_is_name(const char *text, size_t len, size_t size);
bool policy_is_empty(const struct node *node);
const char *policy_quote_node(const struct node *scalar, char out[QUOTE_LEN]);
/* Room for one more at the end of an array that only this has allocated; NULL: no memory. */
void *policy_grown(struct policy_reader *reader, void *array, size_t count, size_t size);

/*
 * "2", "0.5", "10/s", "30/m" or "100/h" as millionths (a second), rounded. -EINVAL: no number, or
 * more than 12 digits before or 6 behind the point.
 */
int policy_number(const char *text, bool with_unit, __u64 *millionths);
/* The same as text that reads back to the same value. */
#define VALUE_TEXT_LEN 40
const char *policy_number_text(double value, char out[VALUE_TEXT_LEN]);

#endif
