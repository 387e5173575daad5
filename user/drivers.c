// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/drivers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/policy_tree.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MANUAL "the head of the file"

/* Keys of a block by an index; each reader below has a table of them. */
#define KEY_NAMES(function, table)                                                                 \
	static const char *function(unsigned int i)                                                \
	{                                                                                          \
		return table[i];                                                                   \
	}

__u32 version_parse(const char *text)
{
	unsigned int major, minor, patch = 0;

	if (sscanf(text, "%u.%u.%u", &major, &minor, &patch) < 2)
		return 0;
	if (major > 1023 || minor > 1023)
		return 0;
	return VERSION_OF(major, minor, patch > 1023 ? 1023 : patch);
}

static void read_string(struct policy_reader *reader, const struct node *node, char *out,
			size_t size)
{
	const char *text = policy_read_text(reader, node, "a sentence");

	if (!text)
		return;
	if (strlen(text) >= size) {
		policy_error_here(reader, node, "%zu bytes are too long; fix: write at most %zu",
				  strlen(text), size - 1);
		return;
	}
	memcpy(out, text, strlen(text) + 1);
}

static void read_version(struct policy_reader *reader, const struct node *node, __u32 *out)
{
	const char *text = policy_read_text(reader, node, "\"6.1\"");
	char quoted[QUOTE_LEN];
	__u32 version = text ? version_parse(text) : 0;

	if (text && !version)
		policy_error_here(reader, node, "'%s' is no version; fix: write \"6.1\"",
				  policy_quote_node(node, quoted));
	if (version)
		*out = version;
}

/* Index of the word of a node among n of them; *out stays after an error. */
static void read_word(struct policy_reader *reader, const struct node *node,
		      const char *(*name)(unsigned int), unsigned int n, const char *words,
		      unsigned int *out)
{
	const char *text = policy_read_text(reader, node, words);
	char quoted[QUOTE_LEN];

	for (unsigned int i = 0; text && i < n; i++) {
		if (!strcmp(text, name(i))) {
			*out = i;
			return;
		}
	}
	if (text)
		policy_error_here(reader, node, "unknown word '%s'; fix: write %s",
				  policy_quote_node(node, quoted), words);
}

static const char *const bool_names[] = { "no", "yes" };
KEY_NAMES(bool_name, bool_names)

static bool read_bool(struct policy_reader *reader, const struct node *node)
{
	unsigned int value = false;

	read_word(reader, node, bool_name, ARRAY_LEN(bool_names), "yes or no", &value);
	return value;
}

/* --- a span of kernels ------------------------------------------------------------------------*/

static const char *const span_keys[] = { "from", "native", "frags", "mtu" };
KEY_NAMES(span_key, span_keys)

static void read_span_value(struct policy_reader *reader, const struct node *node, unsigned int key,
			    void *out)
{
	static const struct policy_range mtu = { "a whole number", true, 68, 65535 };
	struct driver_span *span = out;

	switch (key) {
	case 0:
		read_version(reader, node, &span->from);
		break;
	case 1:
		span->native = read_bool(reader, node);
		break;
	case 2:
		span->frags = read_bool(reader, node);
		break;
	default:
		span->mtu = policy_read_whole(reader, node, &mtu, 0);
	}
}

static void read_span(struct policy_reader *reader, const struct node *node, void *out)
{
	static const struct policy_block block = { ARRAY_LEN(span_keys), span_key,
						   read_span_value };
	struct driver *driver = out;
	struct driver_span span = { 0 };

	if (driver->spans == DRIVER_SPANS_MAX) {
		policy_error_here(reader, node, "more than %d spans; fix: leave some out",
				  DRIVER_SPANS_MAX);
		return;
	}
	policy_read_block(reader, node, &block, &span);
	if (driver->spans && span.from <= driver->span[driver->spans - 1].from)
		policy_error_here(reader, node,
				  "no later kernel than the one above; fix: sort them by `from'");
	driver->span[driver->spans++] = span;
}

/* --- a driver -----------------------------------------------------------------------------------*/

static const char *const channels_names[] = { "any", "half" };
KEY_NAMES(channels_name, channels_names)
static const char *const merge_names[] = { "any", "off", "changeable" };
KEY_NAMES(merge_name, merge_names)
static const char *const cost_names[] = { "unknown", "free", "pause", "flap" };
KEY_NAMES(cost_name, cost_names)

enum driver_key {
	KEY_NAME,
	KEY_WHERE,
	KEY_KERNELS,
	KEY_CHANNELS,
	KEY_LRO,
	KEY_GRO_HW,
	KEY_ATTACH,
	KEY_REPLACE,
	KEY_NOTE,
	KEY_FIX,
};
static const char *const driver_keys[] = { "name",   "where",  "kernels", "channels", "lro",
					   "gro-hw", "attach", "replace", "note",     "fix" };
KEY_NAMES(driver_key, driver_keys)

static unsigned int read_merge(struct policy_reader *reader, const struct node *node)
{
	unsigned int merge = MERGE_ANY;

	read_word(reader, node, merge_name, ARRAY_LEN(merge_names), "any, \"off\" or changeable",
		  &merge);
	return merge;
}

static unsigned int read_cost(struct policy_reader *reader, const struct node *node)
{
	unsigned int cost = COST_UNKNOWN;

	read_word(reader, node, cost_name, ARRAY_LEN(cost_names), "free, pause or flap", &cost);
	return cost;
}

static void read_driver_value(struct policy_reader *reader, const struct node *node,
			      unsigned int key, void *out)
{
	struct driver *driver = out;
	unsigned int channels = CHANNELS_ANY;

	switch (key) {
	case KEY_NAME:
		read_string(reader, node, driver->name, sizeof(driver->name));
		break;
	case KEY_WHERE:
		read_string(reader, node, driver->where, sizeof(driver->where));
		break;
	case KEY_KERNELS:
		policy_read_list(reader, node, "{ from: \"6.1\", native: yes }", read_span, driver);
		break;
	case KEY_CHANNELS:
		read_word(reader, node, channels_name, ARRAY_LEN(channels_names), "any or half",
			  &channels);
		driver->channels = channels;
		break;
	case KEY_LRO:
		driver->lro = read_merge(reader, node);
		break;
	case KEY_GRO_HW:
		driver->gro_hw = read_merge(reader, node);
		break;
	case KEY_ATTACH:
		driver->attach = read_cost(reader, node);
		break;
	case KEY_REPLACE:
		driver->replace = read_cost(reader, node);
		break;
	case KEY_NOTE:
		read_string(reader, node, driver->note, sizeof(driver->note));
		break;
	default:
		read_string(reader, node, driver->fix, sizeof(driver->fix));
	}
}

static void read_driver(struct policy_reader *reader, const struct node *node, void *out)
{
	static const struct policy_block block = { ARRAY_LEN(driver_keys), driver_key,
						   read_driver_value };
	struct drivers *drivers = out;
	struct driver driver = { .name = "" };
	struct driver *item;

	policy_read_block(reader, node, &block, &driver);
	if (!*driver.name || !driver.spans)
		policy_error_here(reader, node, "a driver without %s; fix: write one",
				  *driver.name ? "kernels" : "a name");
	else if (drivers_find(drivers, driver.name))
		policy_error_here(reader, node, "the driver %s stands above already; fix: keep one",
				  driver.name);
	item = policy_grown(reader, drivers->item, drivers->count, sizeof(*item));
	if (!item)
		return;
	drivers->item = item;
	item[drivers->count++] = driver;
}

/* --- what is known not to work ----------------------------------------------------------------*/

static const char *const bad_keys[] = { "driver",	    "from", "before",
					"sipshield-before", "what", "fix" };
KEY_NAMES(bad_key, bad_keys)

static void read_bad_value(struct policy_reader *reader, const struct node *node, unsigned int key,
			   void *out)
{
	struct known_bad *bad = out;

	switch (key) {
	case 0:
		read_string(reader, node, bad->driver, sizeof(bad->driver));
		break;
	case 1:
		read_version(reader, node, &bad->from);
		break;
	case 2:
		read_version(reader, node, &bad->before);
		break;
	case 3:
		read_version(reader, node, &bad->sipshield_before);
		break;
	case 4:
		read_string(reader, node, bad->what, sizeof(bad->what));
		break;
	default:
		read_string(reader, node, bad->fix, sizeof(bad->fix));
	}
}

static void read_bad(struct policy_reader *reader, const struct node *node, void *out)
{
	static const struct policy_block block = { ARRAY_LEN(bad_keys), bad_key, read_bad_value };
	struct known_bad bad = { .before = ~0U, .sipshield_before = ~0U };
	struct drivers *drivers = out;
	struct known_bad *item;

	policy_read_block(reader, node, &block, &bad);
	if (!*bad.driver || !*bad.what)
		policy_error_here(reader, node, "an entry without %s; fix: write it",
				  *bad.driver ? "`what'" : "`driver'");
	item = policy_grown(reader, drivers->bad, drivers->bads, sizeof(*item));
	if (!item)
		return;
	drivers->bad = item;
	item[drivers->bads++] = bad;
}

static const char *const table_keys[] = { "drivers", "known-bad" };
KEY_NAMES(table_key, table_keys)

static void read_table_value(struct policy_reader *reader, const struct node *node,
			     unsigned int key, void *out)
{
	if (key)
		policy_read_list(reader, node, "{ driver: vif, what: ... }", read_bad, out);
	else
		policy_read_list(reader, node, "{ name: virtio_net, kernels: ... }", read_driver,
				 out);
}

int drivers_parse(const char *file, const char *text, size_t len, struct drivers *out, FILE *err)
{
	static const struct policy_block block = { ARRAY_LEN(table_keys), table_key,
						   read_table_value };
	struct policy_source source = { (char *)file, (char *)text, len };
	struct policy_reader *reader = calloc(1, sizeof(*reader));
	struct drivers drivers = { 0 };
	struct node *root;
	int result = 0;

	if (!reader)
		return -ENOMEM;
	reader->source = &source;
	reader->sources = 1;
	reader->manual = MANUAL;
	root = policy_tree(reader);
	if (root)
		policy_read_block(reader, root, &block, &drivers);
	policy_tree_free(root);
	policy_errors_print(reader, err);
	if (reader->errors)
		result = -EINVAL;
	if (reader->no_memory)
		result = -ENOMEM;
	policy_free(&reader->doc); /* what the reader noted of its own */
	free(reader);
	if (result)
		drivers_free(&drivers);
	else
		*out = drivers;
	return result;
}

void drivers_free(struct drivers *drivers)
{
	free(drivers->item);
	free(drivers->bad);
	memset(drivers, 0, sizeof(*drivers));
}

const struct driver *drivers_find(const struct drivers *drivers, const char *name)
{
	for (size_t i = 0; i < drivers->count; i++) {
		if (!strcmp(drivers->item[i].name, name))
			return &drivers->item[i];
	}
	return NULL;
}

const struct driver_span *driver_span_of(const struct driver *driver, __u32 kernel)
{
	size_t i = driver->spans - 1;

	while (i && driver->span[i].from > kernel)
		i--;
	return &driver->span[i];
}

const struct known_bad *drivers_bad(const struct drivers *drivers, const struct known_bad *last,
				    const char *driver, __u32 kernel, __u32 sipshield)
{
	for (size_t i = last ? (size_t)(last - drivers->bad) + 1 : 0; i < drivers->bads; i++) {
		const struct known_bad *bad = &drivers->bad[i];

		if (!strcmp(bad->driver, driver) && kernel >= bad->from && kernel < bad->before &&
		    sipshield < bad->sipshield_before)
			return bad;
	}
	return NULL;
}
