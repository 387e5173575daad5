// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of addresses beside the policy: the limits that the policy sets them, and their text, an
 * address or prefix a line.
 */
#include "bpf/sketch.h"
#include "user/addr.h"
#include "user/duration.h"
#include "user/note.h"
#include "user/policy_tree.h"

#include <stdarg.h>
#include <string.h>

#define IPV4_OFFSET 96 /* where an IPv4 address begins in a mapped one, bits */
#define BLANKS " \t\r"
#define NOTE_PREFIX_LEN 24 /* of a list's name at the beginning of a ban's note */

/* --- the block `lists` --------------------------------------------------------------------------*/

static const char *const kind_names[] = {
	[LIST_DENY] = "deny",
	[LIST_ALLOW] = "allow",
	[LIST_CARRIERS] = "carriers",
};

const char *policy_list_kind_name(unsigned int kind)
{
	return kind < LIST_KINDS ? kind_names[kind] : "invalid";
}

enum limit_key { KEY_MAX_ENTRIES, KEY_MIN_IPV4, KEY_MIN_IPV6, KEY_MAX_CHANGE, LIMIT_KEYS };

static const char *limit_key_name(unsigned int i)
{
	static const char *const names[LIMIT_KEYS] = { "max-entries", "min-ipv4", "min-ipv6",
						       "max-change" };

	return names[i];
}

static void read_limit(struct policy_reader *reader, const struct node *value, unsigned int i,
		       void *out)
{
	static const struct policy_range counts = { "a number of entries", true, 1,
						    LIST_ENTRIES_MAX };
	static const struct policy_range ipv4 = { "a prefix length", true, 1, 32 };
	static const struct policy_range ipv6 = { "a prefix length", true, 1, 128 };
	static const struct policy_range percent = { "a percentage", true, 1, 1000 };
	struct policy_list_limits *limits = out;

	switch ((enum limit_key)i) {
	case KEY_MAX_ENTRIES:
		limits->max_entries =
			policy_read_whole(reader, value, &counts, limits->max_entries);
		break;
	case KEY_MIN_IPV4:
		limits->min_ipv4 = (__u8)policy_read_whole(reader, value, &ipv4, limits->min_ipv4);
		break;
	case KEY_MIN_IPV6:
		limits->min_ipv6 = (__u8)policy_read_whole(reader, value, &ipv6, limits->min_ipv6);
		break;
	case KEY_MAX_CHANGE:
		limits->max_change =
			(__u16)policy_read_whole(reader, value, &percent, limits->max_change);
		break;
	case LIMIT_KEYS:
		break;
	}
}

static void read_kind(struct policy_reader *reader, const struct node *value, unsigned int i,
		      void *out)
{
	static const struct policy_block keys = { LIMIT_KEYS, limit_key_name, read_limit };
	struct policy_doc *doc = out;

	policy_read_block(reader, value, &keys, &doc->list_limits[i]);
}

void policy_read_lists(struct policy_reader *reader, const struct node *node)
{
	static const struct policy_block kinds = { LIST_KINDS, policy_list_kind_name, read_kind };

	policy_read_block(reader, node, &kinds, &reader->doc);
}

void policy_list_defaults(struct policy_list_limits limits[LIST_KINDS])
{
	limits[LIST_DENY] = (struct policy_list_limits){ 1000000, 16, 32, 50 };
	limits[LIST_ALLOW] = (struct policy_list_limits){ 10000, 8, 16, 50 };
	limits[LIST_CARRIERS] = (struct policy_list_limits){ 10000, 8, 16, 50 };
}

/* --- the text of a list -------------------------------------------------------------------------*/

/* The list that is being read. */
struct list_reading {
	struct policy_reader *reader;
	struct policy_list *list;
	struct policy_prefix_list *to;
	const struct policy_list_limits *limits;
	const char *name; /* the file's, without its directory and ending, for notes */
	int name_len;
	__s64 now;
};

/* A line as it is read. Its text ends where the comment begins. */
struct list_line {
	char *text;
	__u32 number;
	struct policy_prefix prefix;
	uint64_t ttl; /* seconds; 0: none was written */
	const char *reason;
	bool broken;
};

static void __attribute__((format(printf, 4, 5)))
line_error(const struct list_reading *reading, struct list_line *line, const char *at,
	   const char *format, ...)
{
	char what[POLICY_WHY_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	line->broken = true;
	policy_error(reading->reader, line->number, (__u32)(at - line->text) + 1, "%s", what);
}

/* The next word, ended with a NUL, or NULL; *rest is what follows. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, BLANKS);
	size_t len = strcspn(word, BLANKS);

	*rest = word + len;
	if (!len)
		return NULL;
	if (**rest)
		*(*rest)++ = 0;
	return word;
}

static void check_width(const struct list_reading *reading, struct list_line *line,
			const char *word)
{
	bool ipv4 = addr_is_ipv4(&line->prefix.address);
	int length = line->prefix.length - (ipv4 ? IPV4_OFFSET : 0);
	int least = ipv4 ? reading->limits->min_ipv4 : reading->limits->min_ipv6;

	if (length < least)
		line_error(reading, line, word,
			   "%s is wider than a /%d, which a list of this kind may not be; fix: "
			   "write it into the policy under %s, or set lists.%s.%s",
			   word, least, policy_list_kind_name(reading->list->kind),
			   policy_list_kind_name(reading->list->kind),
			   limit_key_name(ipv4 ? KEY_MIN_IPV4 : KEY_MIN_IPV6));
}

/* An entry that ends becomes a ban, which the kernel ends itself; only a source can be banned. */
static void check_ttl(const struct list_reading *reading, struct list_line *line, const char *word)
{
	const struct policy_doc *doc = &reading->reader->doc;
	bool ipv4 = addr_is_ipv4(&line->prefix.address);

	if (reading->list->kind != LIST_DENY)
		line_error(reading, line, word,
			   "only an entry of a deny list can end by itself; fix: remove the ttl");
	else if (line->prefix.length != 128 && (ipv4 || line->prefix.length != doc->ipv6_prefix))
		line_error(reading, line, word,
			   "only a single address can end by itself; fix: remove the ttl, or write "
			   "its addresses one by one");
}

static void read_option(const struct list_reading *reading, struct list_line *line, char *word,
			char **rest)
{
	char quoted[QUOTE_LEN];

	if (!strncmp(word, "ttl=", 4)) {
		if (duration_parse(word + 4, &line->ttl) || !line->ttl)
			line_error(reading, line, word,
				   "'%s' is no time; fix: write ttl=90s, ttl=1h or ttl=7d",
				   policy_quote(word, strlen(word), quoted));
		else
			check_ttl(reading, line, word);
	} else if (!strncmp(word, "reason=", 7)) {
		/* It goes on to the end of the line: the words are joined again. */
		if (*rest > word + strlen(word) && **rest)
			word[strlen(word)] = ' ';
		line->reason = word + 7;
		*rest += strlen(*rest);
	} else {
		line_error(
			reading, line, word,
			"'%s' is neither ttl=TIME nor reason=TEXT; fix: write remarks behind a #",
			policy_quote(word, strlen(word), quoted));
	}
}

static void add_ban(const struct list_reading *reading, const struct list_line *line)
{
	struct policy_doc *doc = &reading->reader->doc;
	struct policy_ban ban = { .at = line->prefix,
				  .ends = reading->list->mtime + (__s64)line->ttl };
	struct policy_ban *bans;

	if (ban.ends <= reading->now) {
		reading->list->expired++;
		return;
	}
	bans = policy_grown(reading->reader, doc->ban, doc->bans, sizeof(*bans));
	if (!bans)
		return;
	snprintf(ban.note, sizeof(ban.note), POLICY_LIST_NOTE "%.*s%s%s",
		 reading->name_len < NOTE_PREFIX_LEN ? reading->name_len : NOTE_PREFIX_LEN,
		 reading->name, line->reason ? ": " : "", line->reason ? line->reason : "");
	note_cut(ban.note);
	/* Files may have any name; reasons were judged. */
	for (int i = 0; i < reading->name_len && i < NOTE_PREFIX_LEN; i++) {
		char *c = &ban.note[strlen(POLICY_LIST_NOTE) + (size_t)i];

		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	doc->ban = bans;
	bans[doc->bans++] = ban;
	reading->list->entries++;
}

static void add_line(const struct list_reading *reading, const struct list_line *line)
{
	if (line->ttl) {
		add_ban(reading, line);
		return;
	}
	policy_add_prefix(reading->reader, reading->to, &line->prefix);
	reading->list->entries++;
}

static void read_line(const struct list_reading *reading, struct list_line *line)
{
	char *rest = line->text, *word;
	char why[POLICY_WHY_LEN];

	line->text[strcspn(line->text, "#;")] = 0;
	for (size_t len = strlen(line->text); len && strchr(BLANKS, line->text[len - 1]); len--)
		line->text[len - 1] = 0;
	word = next_word(&rest);
	if (!word)
		return;
	line->prefix.file = reading->list->file;
	line->prefix.line = line->number;
	line->prefix.column = (__u32)(word - line->text) + 1;
	if (policy_prefix_parse(word, &line->prefix, why))
		line_error(reading, line, word, "%s", why);
	else
		check_width(reading, line, word);
	while (!line->broken && (word = next_word(&rest)))
		read_option(reading, line, word, &rest);
	if (!line->broken && line->reason && !note_is_valid(line->reason))
		line_error(reading, line, line->reason,
			   "the reason is no printable text; fix: write it in UTF-8");
	if (!line->broken)
		add_line(reading, line);
}

static void read_lines(const struct list_reading *reading, const char *text, size_t len)
{
	__u32 number = 1;

	for (size_t at = 0; at < len; number++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t size = end ? (size_t)(end - text) - at : len - at;
		char copy[LIST_LINE_MAX + 1];
		struct list_line line = { .text = copy, .number = number };

		memcpy(copy, text + at, size < LIST_LINE_MAX ? size : LIST_LINE_MAX);
		copy[size < LIST_LINE_MAX ? size : LIST_LINE_MAX] = 0;
		if (size > LIST_LINE_MAX)
			line_error(reading, &line, copy, "longer than %u bytes; fix: shorten it",
				   LIST_LINE_MAX);
		else if (strlen(copy) != size)
			line_error(reading, &line, copy + strlen(copy),
				   "a NUL, which no text has; fix: remove it");
		else
			read_line(reading, &line);
		at += size + 1;
	}
}

/* --- where the entries go -----------------------------------------------------------------------*/

/* The carrier of that name; one that the policy does not know gets the default rate. */
static struct policy_prefix_list *carrier_list(struct policy_reader *reader, const char *name,
					       size_t len)
{
	struct policy_doc *doc = &reader->doc;
	struct policy_carrier *carriers;

	for (size_t i = 0; i < doc->carriers; i++) {
		if (strlen(doc->carrier[i].name) == len && !memcmp(doc->carrier[i].name, name, len))
			return &doc->carrier[i].prefixes;
	}
	if (!policy_is_name(name, len, CARRIER_NAME_LEN)) {
		policy_error(reader, 1, 1,
			     "the file's name is its carrier's; fix: name it with 1 to %d letters, "
			     "digits, '.', '_' or '-'",
			     CARRIER_NAME_LEN - 1);
		return NULL;
	}
	if (doc->carriers == CARRIERS_MAX) {
		policy_error(reader, 1, 1,
			     "more than %u carriers; fix: join those that may share a limit",
			     CARRIERS_MAX);
		return NULL;
	}
	carriers = policy_grown(reader, doc->carrier, doc->carriers, sizeof(*carriers));
	if (!carriers)
		return NULL;
	doc->carrier = carriers;
	carriers += doc->carriers++;
	*carriers = (struct policy_carrier){ .cps = POLICY_CPS_DEFAULT };
	memcpy(carriers->name, name, len);
	return &carriers->prefixes;
}

static struct policy_list *add_list(struct policy_reader *reader, enum policy_list_kind kind,
				    __s64 mtime)
{
	struct policy_doc *doc = &reader->doc;
	struct policy_list *lists = policy_grown(reader, doc->list, doc->lists, sizeof(*lists));

	if (!lists)
		return NULL;
	doc->list = lists;
	lists += doc->lists++;
	*lists = (struct policy_list){ .kind = (__u8)kind,
				       .file = (__u16)(reader->sources - 1),
				       .mtime = mtime };
	return lists;
}

static __u64 entries_of(const struct policy_doc *doc, __u8 kind)
{
	__u64 entries = 0;

	for (size_t i = 0; i < doc->lists; i++) {
		if (doc->list[i].kind == kind)
			entries += doc->list[i].entries;
	}
	return entries;
}

void policy_read_list_text(struct policy_reader *reader, const struct policy_list_input *input)
{
	const struct policy_source *source = &reader->source[reader->sources - 1];
	const char *slash = strrchr(source->file, '/');
	const char *name = slash ? slash + 1 : source->file;
	const char *dot = strrchr(name, '.');
	struct policy_doc *doc = &reader->doc;
	struct list_reading reading = {
		.reader = reader,
		.limits = &doc->list_limits[input->kind],
		.name = name,
		.name_len = dot ? (int)(dot - name) : (int)strlen(name),
		.now = input->now,
	};

	reading.list = add_list(reader, input->kind, input->mtime);
	if (input->kind == LIST_CARRIERS)
		reading.to = carrier_list(reader, name, (size_t)reading.name_len);
	else
		reading.to = input->kind == LIST_ALLOW ? &doc->allow : &doc->deny;
	if (!reading.list || !reading.to)
		return;
	read_lines(&reading, source->text, source->length);
	if (entries_of(doc, (__u8)input->kind) > reading.limits->max_entries)
		policy_error(
			reader, 1, 1,
			"with this file the %s lists have %llu entries, more than %u; fix: join "
			"prefixes, or set lists.%s.max-entries",
			policy_list_kind_name(input->kind),
			(unsigned long long)entries_of(doc, (__u8)input->kind),
			reading.limits->max_entries, policy_list_kind_name(input->kind));
}
