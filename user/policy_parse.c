// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Text to a tree, by libyaml's events. YAML is cut down to what a policy needs: one document, no
 * anchors, aliases and tags, a few levels.
 */
#include "user/policy_tree.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* The deepest value of the schema is at 5: limits, unknown, invite, rate. */
#define DEPTH_MAX 8

/* Bytes of the UTF-8 character at p, *code is its number; 0 if it is none (RFC 3629). */
static size_t decode(const char *p, const char *end, __u32 *code)
{
	static const __u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char byte = *p;
	size_t len = byte < 0x80 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;

	if ((byte >= 0x80 && byte < 0xc2) || byte > 0xf4 || len > (size_t)(end - p))
		return 0;
	*code = len == 1 ? byte : byte & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (*code < least[len] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

/* Characters that have no place in a policy: controls, other line ends, non-characters. */
static bool is_forbidden(__u32 code)
{
	if (code < 0x20)
		return code != '\t' && code != '\n' && code != '\r';
	return (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
	       code == 0xfeff || code == 0xfffe || code == 0xffff;
}

/* Is it text that libyaml will read and a terminal can show? Notes the first place where not. */
static bool check_text(struct policy_reader *reader, const char *text, size_t length)
{
	const char *end = text + length;
	__u32 line = 1, column = 1, code = 0;
	size_t len;

	for (const char *p = text; p < end; p += len) {
		len = decode(p, end, &code);
		if (!len) {
			policy_error(reader, line, column,
				     "byte 0x%02x is not UTF-8 text; fix: save the file as UTF-8",
				     (unsigned char)*p);
			return false;
		}
		if (is_forbidden(code)) {
			policy_error(reader, line, column,
				     "control character U+%04X; fix: remove it", code);
			return false;
		}
		column++;
		if (code == '\n' || (code == '\r' && (p + 1 == end || p[1] != '\n'))) {
			line++;
			column = 1;
		}
	}
	return true;
}

void policy_tree_free(struct node *node)
{
	while (node) {
		struct node *next = node->next;

		policy_tree_free(node->child);
		free(node->text);
		free(node);
		node = next;
	}
}

/* The open nodes, outermost first, while the events come in. */
struct builder {
	struct policy_reader *reader;
	struct node *root;
	struct node *open[DEPTH_MAX];
	size_t depth;
	struct node *key; /* of the root map, until its value is complete */
	unsigned int documents;
	bool stop;
};

static void append(struct node *parent, struct node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->child = child;
	parent->last = child;
}

/*
 * Hangs a complete node into the tree. An entry of the root map is hung in when its value is
 * complete, so that after a syntax error what stands before it can be checked too.
 */
static void complete(struct builder *builder, struct node *node)
{
	struct node *parent = builder->depth ? builder->open[builder->depth - 1] : NULL;

	if (!parent) {
		builder->root = node;
	} else if (parent == builder->root && parent->kind == NODE_MAP && !builder->key) {
		builder->key = node;
	} else {
		if (parent == builder->root && parent->kind == NODE_MAP) {
			append(parent, builder->key);
			builder->key = NULL;
		}
		append(parent, node);
	}
}

static struct node *node_new(struct builder *builder, enum node_kind kind, const yaml_mark_t *mark)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node) {
		builder->reader->no_memory = true;
		builder->stop = true;
		return NULL;
	}
	node->kind = kind;
	node->line = mark->line + 1;
	node->column = mark->column + 1;
	return node;
}

static void scalar(struct builder *builder, const yaml_event_t *event)
{
	struct node *node = node_new(builder, NODE_SCALAR, &event->start_mark);

	if (!node)
		return;
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->length = event->data.scalar.length;
	node->text = malloc(node->length + 1);
	if (!node->text) {
		free(node);
		builder->reader->no_memory = true;
		builder->stop = true;
		return;
	}
	memcpy(node->text, event->data.scalar.value, node->length);
	node->text[node->length] = 0;
	complete(builder, node);
}

static void open_node(struct builder *builder, enum node_kind kind, const yaml_event_t *event)
{
	struct node *node;

	if (builder->depth == DEPTH_MAX) {
		policy_error(
			builder->reader, event->start_mark.line + 1, event->start_mark.column + 1,
			"more than %d levels; fix: nothing in a policy lies that deep, remove it",
			DEPTH_MAX);
		builder->stop = true;
		return;
	}
	node = node_new(builder, kind, &event->start_mark);
	if (!node)
		return;
	if (!builder->depth)
		builder->root = node;
	builder->open[builder->depth++] = node;
}

static void close_node(struct builder *builder)
{
	struct node *node = builder->open[--builder->depth];

	if (node != builder->root)
		complete(builder, node);
}

static const unsigned char *event_tag(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.tag;
	default:
		return NULL;
	}
}

static const unsigned char *event_anchor(const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		return event->data.scalar.anchor;
	case YAML_SEQUENCE_START_EVENT:
		return event->data.sequence_start.anchor;
	case YAML_MAPPING_START_EVENT:
		return event->data.mapping_start.anchor;
	default:
		return NULL;
	}
}

/* The parts of YAML that a policy does without: they hide what is meant, or blow up. */
static void check_event(struct builder *builder, const yaml_event_t *event)
{
	__u32 line = event->start_mark.line + 1;
	__u32 column = event->start_mark.column + 1;
	char quoted[QUOTE_LEN];
	const char *tag = (const char *)event_tag(event);
	const char *anchor = (const char *)event_anchor(event);

	if (event->type == YAML_ALIAS_EVENT) {
		const char *alias = (const char *)event->data.alias.anchor;

		policy_error(builder->reader, line, column,
			     "alias *%s; fix: write the value itself, a policy has no aliases",
			     policy_quote(alias, strlen(alias), quoted));
		builder->stop = true;
	}
	if (anchor)
		policy_error(builder->reader, line, column,
			     "anchor &%s; fix: remove it, a policy has no anchors",
			     policy_quote(anchor, strlen(anchor), quoted));
	if (tag)
		policy_error(builder->reader, line, column,
			     "tag %s; fix: remove it, a policy has no tags",
			     policy_quote(tag, strlen(tag), quoted));
	if (event->type == YAML_DOCUMENT_START_EVENT && builder->documents++) {
		policy_error(builder->reader, line, column,
			     "a second document; fix: remove the \"---\", a file holds one policy");
		builder->stop = true;
	}
}

static void take_event(struct builder *builder, const yaml_event_t *event)
{
	check_event(builder, event);
	if (builder->stop)
		return;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		scalar(builder, event);
		break;
	case YAML_SEQUENCE_START_EVENT:
		open_node(builder, NODE_LIST, event);
		break;
	case YAML_MAPPING_START_EVENT:
		open_node(builder, NODE_MAP, event);
		break;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		close_node(builder);
		break;
	case YAML_STREAM_END_EVENT:
		builder->stop = true;
		break;
	default:
		break;
	}
}

/* libyaml says what it did not find; this says what people do to get there. */
static const char *syntax_fix(const char *problem)
{
	static const struct {
		const char *part;
		const char *fix;
	} fixes[] = {
		{ "mapping values are not allowed",
		  "put each key on a line of its own, and quotes around a value with \": \"" },
		{ "tab character", "indent with spaces" },
		{ "cannot start any token",
		  "indent with spaces, not tabs, and put quotes around a value that begins with "
		  "a special character" },
		{ "did not find expected key",
		  "indent all keys of one block by the same number of spaces, one \"key: value\" a "
		  "line" },
		{ "did not find expected '-' indicator",
		  "begin each entry of the list with \"- \", "
		  "all at the same column" },
		{ "could not find expected ':'", "write \"key: value\", with a space behind the "
						 "colon" },
		{ "did not find expected node content",
		  "put quotes around an IPv6 address that begins with a colon: \"::1\"" },
		{ "did not find expected ',' or ']'", "close the list with ]" },
		{ "did not find expected ',' or '}'", "close the block with }" },
	};

	for (size_t i = 0; i < sizeof(fixes) / sizeof(fixes[0]); i++) {
		if (strstr(problem, fixes[i].part))
			return fixes[i].fix;
	}
	return "check the indentation and the quotes of this line and of the one before";
}

/* Where the last text of the source ends: what libyaml says of behind it is a line that is none. */
static void text_end(const struct policy_source *source, __u32 *line, __u32 *column)
{
	const char *end = source->text + source->length;
	const char *p = source->text;
	__u32 code;

	while (end > p && strchr(" \t\r\n", end[-1]))
		end--;
	for (*line = *column = 1; p < end; p += decode(p, end, &code)) {
		++*column;
		if (*p == '\n' || (*p == '\r' && p[1] != '\n')) {
			++*line;
			*column = 1;
		}
	}
}

/* Is the error that the file ends? Then notes it where it ends. */
static bool early_end(struct builder *builder, const yaml_parser_t *parser)
{
	struct policy_reader *reader = builder->reader;
	__u32 problem = parser->problem_mark.line + 1;
	__u32 begin = parser->context ? parser->context_mark.line + 1 : UINT32_MAX;
	__u32 line, column;

	text_end(&reader->source[reader->sources - 1], &line, &column);
	if (problem < line || (problem == line && parser->problem_mark.column + 1 < column))
		return false;
	policy_error(reader, line, column,
		     "YAML: the file ends %s; fix: close what begins in line %u, or copy the whole "
		     "file again",
		     parser->context ? parser->context : "too early", begin < line ? begin : line);
	return true;
}

static void syntax_error(struct builder *builder, const yaml_parser_t *parser)
{
	char quoted[QUOTE_LEN];
	const char *problem = parser->problem ? parser->problem : "not YAML";
	/* A word without its colon is missed only where the next one stands. */
	const yaml_mark_t *mark = strstr(problem, "expected ':'") ? &parser->context_mark
								  : &parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR) {
		builder->reader->no_memory = true;
		return;
	}
	if (mark == &parser->problem_mark && early_end(builder, parser))
		return;
	policy_error(builder->reader, mark->line + 1, mark->column + 1, "YAML: %s%s%s; fix: %s",
		     policy_quote(problem, strlen(problem), quoted), parser->context ? " " : "",
		     parser->context ? parser->context : "", syntax_fix(problem));
}

/* Frees what a stop in the middle left outside of the tree. */
static void close_all(struct builder *builder)
{
	while (builder->depth > 0) {
		struct node *node = builder->open[--builder->depth];

		if (node != builder->root)
			policy_tree_free(node);
	}
	policy_tree_free(builder->key);
}

struct node *policy_tree(struct policy_reader *reader)
{
	const struct policy_source *source = &reader->source[reader->sources - 1];
	struct builder builder = { .reader = reader };
	const char *text = source->text;
	size_t length = source->length;
	yaml_parser_t parser;
	yaml_event_t event;

	if (!check_text(reader, text, length))
		return NULL;
	if (!yaml_parser_initialize(&parser)) {
		reader->no_memory = true;
		return NULL;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	while (!builder.stop) {
		if (!yaml_parser_parse(&parser, &event)) {
			syntax_error(&builder, &parser);
			break;
		}
		take_event(&builder, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	close_all(&builder);
	return builder.root;
}
