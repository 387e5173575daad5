// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/import.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sketch.h"
#include "user/addr.h"
#include "user/note.h"

#define IPV4_OFFSET 96
#define TTL_MAX (3650ULL * 86400) /* seconds, as duration_parse has it */
#define EXPAND_LENGTH                                                                              \
	24 /* IPv4 prefixes that end: so long at least that each address stands alone */

void import_free(struct import *import)
{
	free(import->entry);
	free(import->skip);
	*import = (struct import){ 0 };
}

static int fail(char why[IMPORT_WHY_LEN], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static int fail(char why[IMPORT_WHY_LEN], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, IMPORT_WHY_LEN, format, args);
	va_end(args);
	return -EINVAL;
}

/* Doubles: the array is full whenever the count is a power of two. */
static void *grown(void *array, size_t count, size_t size)
{
	return count & (count - 1) ? array : reallocarray(array, count ? 2 * count : 1, size);
}

static int add(struct import *import, const struct import_entry *entry)
{
	struct import_entry *entries = grown(import->entry, import->entries, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	import->entry = entries;
	entries[import->entries] = *entry;
	if (entry->ttl > TTL_MAX)
		entries[import->entries].ttl = TTL_MAX;
	import->entries++;
	return 0;
}

/* Neither an element nor a name ends a line or steers a terminal. */
static void make_plain(char *text)
{
	for (char *c = text; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
}

static int skip(struct import *import, const char *text, const char *reason)
{
	struct import_skip *skips = grown(import->skip, import->skips, sizeof(*skips));

	if (!skips)
		return -ENOMEM;
	import->skip = skips;
	skips += import->skips++;
	skips->why = reason;
	snprintf(skips->text, sizeof(skips->text), "%s", text);
	make_plain(skips->text);
	return 0;
}

/* The part of a remark that can be a reason: no end of line, no beginning of another remark. */
static void set_reason(struct import_entry *entry, const char *text, size_t len)
{
	if (len >= sizeof(entry->reason))
		len = sizeof(entry->reason) - 1;
	memcpy(entry->reason, text, len);
	entry->reason[len] = 0;
	note_cut(entry->reason);
	for (char *c = entry->reason; *c; c++) {
		if (*c == '#' || *c == ';')
			*c = ' ';
	}
	if (!note_is_valid(entry->reason))
		*entry->reason = 0;
}

/* --- ranges -------------------------------------------------------------------------------------*/

typedef unsigned __int128 number;

static number to_number(const struct addr *address)
{
	number n = 0;

	for (size_t i = 0; i < sizeof(address->byte); i++)
		n = n << 8 | address->byte[i];
	return n;
}

static struct addr to_addr(number n)
{
	struct addr address;

	for (size_t i = sizeof(address.byte); i-- > 0; n >>= 8)
		address.byte[i] = (__u8)n;
	return address;
}

/* The fewest prefixes that make up a range, both ends in it. */
static int add_range(struct import *import, struct import_entry entry, const struct addr *first,
		     const struct addr *last)
{
	number at = to_number(first), end = to_number(last);
	int err = 0;

	while (!err && at <= end) {
		unsigned int bits = 0;

		while (bits < 128 && !(at >> bits & 1) && at + (((number)2 << bits) - 1) <= end &&
		       at + (((number)2 << bits) - 1) > at)
			bits++;
		entry.address = to_addr(at);
		entry.length = (__u8)(128 - bits);
		err = add(import, &entry);
		if (at + (((number)1 << bits) - 1) == end)
			break;
		at += (number)1 << bits;
	}
	return err;
}

/* "192.0.2.1", "192.0.2.0/24", "192.0.2.1-192.0.2.9"; host bits are cut, as the kernel does. */
static int add_text(struct import *import, const struct import_entry *options, const char *text)
{
	const char *dash = strchr(text, '-');
	struct import_entry entry = *options;
	struct addr last;
	char first[ADDR_TEXT_LEN];
	int err;

	if (dash && (size_t)(dash - text) < sizeof(first)) {
		snprintf(first, sizeof(first), "%.*s", (int)(dash - text), text);
		if (!addr_parse(first, &entry.address) && !addr_parse(dash + 1, &last) &&
		    addr_is_ipv4(&entry.address) == addr_is_ipv4(&last))
			return add_range(import, entry, &entry.address, &last);
	}
	err = prefix_parse(text, &entry.address, &entry.length);
	if (err && err != -EADDRNOTAVAIL)
		return skip(import, text, "is no address, prefix or range of addresses");
	return add(import, &entry);
}

/* --- nft ----------------------------------------------------------------------------------------*/

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static int skip_json(struct import *import, const json_t *value, const char *reason)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : strdup("null");
	int err = text ? skip(import, text, reason) : -ENOMEM;

	free(text);
	return err;
}

static int nft_value(struct import *import, const struct import_entry *options, const json_t *value)
{
	const json_t *prefix = json_object_get(value, "prefix");
	const json_t *range = json_object_get(value, "range");
	char text[2 * ADDR_TEXT_LEN];

	if (json_is_string(value))
		return add_text(import, options, json_string_value(value));
	if (json_is_object(prefix)) {
		snprintf(text, sizeof(text), "%.50s/%lld", string_of(prefix, "addr"),
			 (long long)json_integer_value(json_object_get(prefix, "len")));
		return add_text(import, options, text);
	}
	if (json_array_size(range) == 2 && json_is_string(json_array_get(range, 0)) &&
	    json_is_string(json_array_get(range, 1))) {
		snprintf(text, sizeof(text), "%.46s-%.46s",
			 json_string_value(json_array_get(range, 0)),
			 json_string_value(json_array_get(range, 1)));
		return add_text(import, options, text);
	}
	return skip_json(import, value, "is more than an address");
}

static int nft_element(struct import *import, const json_t *element)
{
	const json_t *inner = json_object_get(element, "elem");
	struct import_entry options = { 0 };
	json_int_t expires = json_integer_value(json_object_get(inner, "expires"));
	const char *comment = string_of(inner, "comment");

	if (!json_is_object(inner))
		return nft_value(import, &options, element);
	/* nft counts whole seconds down to 0; what a timeout has ends. */
	if (json_object_get(inner, "timeout"))
		options.ttl = expires > 0 ? (uint64_t)expires : 1;
	set_reason(&options, comment, strlen(comment));
	return nft_value(import, &options, json_object_get(inner, "val"));
}

static int nft_set(const json_t *list, const char *name, const json_t **out,
		   char why[IMPORT_WHY_LEN])
{
	const json_t *found = NULL, *item;
	size_t i;

	json_array_foreach(list, i, item) {
		const json_t *set = json_object_get(item, "set");

		if (!set || (name && strcmp(string_of(set, "name"), name)))
			continue;
		if (found)
			return fail(
				why,
				"there are several sets, in `%s %s' and `%s %s'; fix: say which "
				"with FAMILY TABLE NAME",
				string_of(found, "family"), string_of(found, "table"),
				string_of(set, "family"), string_of(set, "table"));
		found = set;
	}
	if (!found)
		return fail(why,
			    "there is no such set; fix: `nft list sets' shows those there are");
	*out = found;
	return 0;
}

static int nft_elements(const json_t *set, struct import *import, char why[IMPORT_WHY_LEN])
{
	const json_t *type = json_object_get(set, "type"), *element;
	int err = 0;
	size_t i;

	if (!json_is_string(type) || (strcmp(json_string_value(type), "ipv4_addr") &&
				      strcmp(json_string_value(type), "ipv6_addr")))
		return fail(why, "its elements are not addresses alone");
	snprintf(import->set, sizeof(import->set), "%.8s %.40s %.40s", string_of(set, "family"),
		 string_of(set, "table"), string_of(set, "name"));
	make_plain(import->set);
	json_array_foreach(json_object_get(set, "elem"), i, element) {
		err = nft_element(import, element);
		if (err)
			break;
	}
	return err;
}

int import_nft(const char *text, size_t len, const char *name, struct import *import,
	       char why[IMPORT_WHY_LEN])
{
	json_error_t error;
	json_t *document = json_loadb(text, len, 0, &error);
	const json_t *set = NULL;
	int err;

	if (!document)
		return fail(why, "this is not what `nft -j list set' prints (line %d: %.80s)",
			    error.line, error.text);
	err = nft_set(json_object_get(document, "nftables"), name, &set, why);
	if (!err)
		err = nft_elements(set, import, why);
	json_decref(document);
	return err;
}

/* --- ipset --------------------------------------------------------------------------------------*/

/* The options behind an element: "timeout 99 comment \"x y\"", "nomatch". */
static void ipset_options(const char *text, struct import_entry *entry)
{
	const char *timeout = strstr(text, "timeout ");
	const char *comment = strstr(text, "comment \"");
	const char *nomatch = strstr(text, "nomatch");

	if (comment) {
		const char *begin = comment + strlen("comment \"");
		const char *end = strchr(begin, '"');

		set_reason(entry, begin, end ? (size_t)(end - begin) : strlen(begin));
	}
	if (timeout && (!comment || timeout < comment))
		entry->ttl = strtoull(timeout + strlen("timeout "), NULL, 10);
	entry->except = nomatch && (!comment || nomatch < comment);
}

static int ipset_line(struct import *import, char *line, const char *name, char why[IMPORT_WHY_LEN])
{
	struct import_entry entry = { 0 };
	char *save = NULL;
	const char *verb = strtok_r(line, " ", &save);
	const char *set = verb ? strtok_r(NULL, " ", &save) : NULL;
	const char *word = set ? strtok_r(NULL, " ", &save) : NULL;

	if (!word || (name && strcmp(set, name)))
		return 0;
	if (strcmp(verb, "create") && strcmp(verb, "add"))
		return 0;
	if (*import->set && strcmp(import->set, set))
		return fail(why, "there are several sets; fix: say which with NAME");
	if (!strcmp(verb, "add")) {
		ipset_options(save, &entry);
		return add_text(import, &entry, word);
	}
	snprintf(import->set, sizeof(import->set), "%s", set);
	if (strcmp(word, "hash:ip") && strcmp(word, "hash:net") && strcmp(word, "bitmap:ip"))
		return fail(why, "its elements are not addresses alone (%.40s)", word);
	return 0;
}

int import_ipset(const char *text, size_t len, const char *name, struct import *import,
		 char why[IMPORT_WHY_LEN])
{
	char *copy = strndup(text, len), *save = NULL;
	int err = copy ? 0 : -ENOMEM;

	for (char *line = copy ? strtok_r(copy, "\r\n", &save) : NULL; line && !err;
	     line = strtok_r(NULL, "\r\n", &save))
		err = ipset_line(import, line, name, why);
	free(copy);
	if (!err && !*import->set)
		err = fail(why,
			   "there is no such set in what `ipset save' prints; fix: `ipset list "
			   "-n' shows those there are");
	return err;
}

/* --- what a list may have -----------------------------------------------------------------------*/

/* Is there a hole in it? */
static bool has_exception(const struct import *holes, const struct import_entry *entry)
{
	for (size_t i = 0; i < holes->entries; i++) {
		const struct import_entry *hole = &holes->entry[i];

		if (hole->length >= entry->length &&
		    prefix_holds(&entry->address, entry->length, &hole->address))
			return true;
	}
	return false;
}

/* What keeps an entry out of a list, or NULL. */
static const char *obstacle(const struct import *holes, const struct import_entry *entry,
			    enum policy_list_kind kind, const struct policy_list_limits *limits)
{
	bool ipv4 = addr_is_ipv4(&entry->address) && entry->length >= IPV4_OFFSET;
	int length = entry->length - (ipv4 ? IPV4_OFFSET : 0);

	if (entry->except)
		return "is an exception, which a list has not";
	if (prefix_covers_ipv4(&entry->address, entry->length))
		return "takes in all of IPv4 too";
	if (length < (ipv4 ? limits->min_ipv4 : limits->min_ipv6))
		return "is wider than a list may have; write it into the policy";
	if (entry->ttl && kind != LIST_DENY)
		return "ends, which an entry that grants cannot";
	if (entry->ttl && (ipv4 ? length < EXPAND_LENGTH : length != 64 && length != 128))
		return "ends, and is no source that can be banned";
	if (has_exception(holes, entry))
		return "has exceptions inside (nomatch), which a list has not";
	return NULL;
}

/* An entry that ends becomes single addresses; in IPv6 its networks of /64 are sources. */
static int expand(struct import *to, const struct import_entry *entry)
{
	bool ipv4 = addr_is_ipv4(&entry->address);
	struct import_entry single = *entry;
	number count = (number)1 << (128 - entry->length);
	int err = 0;

	if (!entry->ttl || !ipv4)
		return add(to, entry);
	single.length = 128;
	for (number i = 0; i < count && !err; i++) {
		single.address = to_addr(to_number(&entry->address) + i);
		err = add(to, &single);
	}
	return err;
}

/* The exceptions alone. */
static int find_holes(const struct import *import, struct import *holes)
{
	int err = 0;

	for (size_t i = 0; i < import->entries && !err; i++) {
		if (import->entry[i].except)
			err = add(holes, &import->entry[i]);
	}
	return err;
}

int import_fit(struct import *import, enum policy_list_kind kind,
	       const struct policy_list_limits *limits)
{
	struct import fit = { 0 }, holes = { 0 };
	char text[PREFIX_TEXT_LEN];
	int err = find_holes(import, &holes);

	for (size_t i = 0; i < import->entries && !err; i++) {
		const struct import_entry *entry = &import->entry[i];
		const char *why = obstacle(&holes, entry, kind, limits);

		if (why)
			err = skip(import, prefix_format(&entry->address, entry->length, text),
				   why);
		else
			err = expand(&fit, entry);
	}
	import_free(&holes);
	if (err) {
		import_free(&fit);
		return err;
	}
	free(import->entry);
	import->entry = fit.entry;
	import->entries = fit.entries;
	return 0;
}

void import_print(const struct import *import, FILE *out)
{
	char text[PREFIX_TEXT_LEN];

	for (size_t i = 0; i < import->entries; i++) {
		const struct import_entry *entry = &import->entry[i];

		fputs(prefix_format(&entry->address, entry->length, text), out);
		if (entry->ttl)
			fprintf(out, " ttl=%llus", (unsigned long long)entry->ttl);
		if (*entry->reason)
			fprintf(out, " reason=%s", entry->reason);
		putc('\n', out);
	}
}
