// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lists `signatures` and `user-agents` of a policy.
 */
#include <ctype.h>
#include <string.h>

#include "user/names.h"
#include "user/policy_tree.h"
#include "user/signature.h"

/* A rule as it is read. */
struct rule_entry {
	struct signature rule;
	/* of each question, where it was written; a number's are all under SIGNATURE_OP_NUMBER */
	const struct node *node[SIGNATURE_FIELDS][SIGNATURE_OPS];
};

/* What is asked of one text. */
struct field_entry {
	struct rule_entry *entry;
	__u8 field;
	const struct node *chars;
	struct signature_atom set; /* the class of chars */
	const struct node *length;
	__u16 min;
	__u16 max;
};

static void add_atom(struct policy_reader *reader, const struct node *node,
		     struct rule_entry *entry, const struct signature_atom *atom)
{
	if (entry->rule.atoms == SIGNATURE_ATOMS_MAX) {
		policy_error_here(reader, node,
				  "more than %u questions in a signature; fix: leave some out",
				  SIGNATURE_ATOMS_MAX);
		return;
	}
	entry->node[atom->field][atom->op] = node;
	signature_add_atom(&entry->rule, atom);
}

/* --- texts --------------------------------------------------------------------------------------*/

static bool is_printable(const char *text)
{
	while (*text >= ' ' && *text <= '~')
		text++;
	return !*text;
}

/*
 * A text that is looked for, of 1 to max bytes, or NULL after an error. instead: what else may be
 * written than a text that is not empty, the tail of a sentence.
 */
static const char *read_pattern(struct policy_reader *reader, const struct node *node, size_t max,
				const char *instead)
{
	const char *text = policy_read_text(reader, node, "the text to look for");
	char quoted[QUOTE_LEN];

	if (!text)
		return NULL;
	if (!*text)
		policy_error_here(reader, node, "an empty text; fix: write 1 to %zu characters%s",
				  max, instead);
	else if (!is_printable(text))
		policy_error_here(reader, node,
				  "'%s' is no ASCII text; fix: use characters from "
				  "the blank to '~'",
				  policy_quote_node(node, quoted));
	else if (node->length > max)
		policy_error_here(reader, node,
				  "'%s' has %zu characters; fix: write at most %zu, a part of it "
				  "will do",
				  policy_quote_node(node, quoted), node->length, max);
	else
		return text;
	return NULL;
}

/*
 * A word begins where no letter or digit goes before, so that it must begin with one. instead: what
 * looks for other texts, for the sentence.
 */
static bool is_word(struct policy_reader *reader, const struct node *node, const char *text,
		    const char *instead)
{
	if (isalnum((unsigned char)*text))
		return true;
	policy_error_here(reader, node,
			  "'%s' begins with no letter or digit; fix: begin with one, or %s", text,
			  instead);
	return false;
}

static void read_text_atom(struct policy_reader *reader, const struct node *node,
			   struct field_entry *field, __u8 op)
{
	bool word = op == SIGNATURE_OP_WORD;
	const char *text =
		read_pattern(reader, node, SIGNATURE_TEXT_LEN, word ? "" : ", or length: 0");
	struct signature_atom atom = { .field = field->field, .op = op };

	if (!text || (word && !is_word(reader, node, text, "use prefix")))
		return;
	if (word || signature_any_case(field->field))
		atom.flags = SIGNATURE_ANY_CASE;
	atom.len = (__u8)node->length;
	for (size_t i = 0; i < node->length; i++)
		atom.text[i] = (__u8)(atom.flags ? tolower((unsigned char)text[i]) : text[i]);
	add_atom(reader, node, field->entry, &atom);
}

static void unknown_word(struct policy_reader *reader, const struct node *node, const char *what,
			 unsigned int n, const char *(*name)(unsigned int))
{
	const char *nearest = policy_nearest(node->text, n, name);
	char quoted[QUOTE_LEN], all[256];
	size_t len = 0;

	policy_quote_node(node, quoted);
	if (nearest) {
		policy_error_here(reader, node, "unknown %s '%s'; fix: did you mean '%s'?", what,
				  quoted, nearest);
		return;
	}
	for (unsigned int i = 0; i < n && len < sizeof(all); i++)
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s%s", i ? ", " : "",
					name(i));
	policy_error_here(reader, node, "unknown %s '%s'; fix: write one of %s", what, quoted, all);
}

static void read_chars(struct policy_reader *reader, const struct node *node,
		       struct field_entry *field)
{
	const char *text = policy_read_text(reader, node, "hex");

	if (!text)
		return;
	for (unsigned int i = 0; i < signature_class_count; i++) {
		if (strcmp(signature_classes[i].name, text))
			continue;
		field->chars = node;
		field->set.low = signature_classes[i].low;
		field->set.high = signature_classes[i].high;
		return;
	}
	unknown_word(reader, node, "class of characters", signature_class_count,
		     signature_class_name);
}

/* "N" or "MIN-MAX". Returns false after an error. */
static bool read_range(struct policy_reader *reader, const struct node *node, __u16 *min,
		       __u16 *max)
{
	const char *text = policy_read_text(reader, node, "32 or 20-40");
	char quoted[QUOTE_LEN];

	if (!text)
		return false;
	if (!signature_range_parse(text, min, max))
		return true;
	policy_error_here(reader, node,
			  "'%s' is not a number or a range; fix: write N or MIN-MAX with numbers "
			  "up to 65535, the lower one first: 20-40",
			  policy_quote_node(node, quoted));
	return false;
}

static const char *text_field_name(unsigned int i)
{
	return signature_field_name(SIGNATURE_FIELD_TEXT + i);
}

static void read_same(struct policy_reader *reader, const struct node *node,
		      struct field_entry *field)
{
	const char *text = policy_read_text(reader, node, "to-user");
	struct signature_atom atom = { .field = field->field, .op = SIGNATURE_OP_SAME };
	unsigned int i = 0;

	if (!text)
		return;
	while (i < SIGNATURE_TEXTS && strcmp(text_field_name(i), text))
		i++;
	atom.other = (__u8)(SIGNATURE_FIELD_TEXT + i);
	if (i == SIGNATURE_TEXTS) {
		unknown_word(reader, node, "field", SIGNATURE_TEXTS, text_field_name);
		return;
	}
	if (atom.other == atom.field) {
		policy_error_here(reader, node,
				  "%s is always the same as itself; fix: name another field", text);
		return;
	}
	if (signature_any_case(atom.field) || signature_any_case(atom.other))
		atom.flags = SIGNATURE_ANY_CASE;
	add_atom(reader, node, field->entry, &atom);
}

static void read_own_address(struct policy_reader *reader, const struct node *node,
			     struct field_entry *field)
{
	const char *text = policy_read_text(reader, node, "hex");
	struct signature_atom atom = { .field = field->field, .op = SIGNATURE_OP_OWN_ADDRESS };
	char quoted[QUOTE_LEN];

	if (!text)
		return;
	if (strcmp(text, "hex"))
		policy_error_here(reader, node, "unknown form '%s' of an address; fix: write hex",
				  policy_quote_node(node, quoted));
	else
		add_atom(reader, node, field->entry, &atom);
}

static const char *text_op_name(unsigned int i)
{
	return signature_op_name(SIGNATURE_OP_EQUALS + i);
}

static void read_text_op(struct policy_reader *reader, const struct node *value, unsigned int i,
			 void *out)
{
	struct field_entry *field = out;
	__u8 op = (__u8)(SIGNATURE_OP_EQUALS + i);

	switch ((enum signature_op)op) {
	case SIGNATURE_OP_CHARS:
		read_chars(reader, value, field);
		break;
	case SIGNATURE_OP_LENGTH:
		if (read_range(reader, value, &field->min, &field->max))
			field->length = value;
		break;
	case SIGNATURE_OP_SAME:
		read_same(reader, value, field);
		break;
	case SIGNATURE_OP_OWN_ADDRESS:
		read_own_address(reader, value, field);
		break;
	default:
		read_text_atom(reader, value, field, op);
		break;
	}
}

/* A class of characters and a length are one question: the value is of so many of these. */
static void add_length(struct policy_reader *reader, struct field_entry *field)
{
	struct signature_atom atom = field->set;

	atom.field = field->field;
	atom.op = field->chars ? SIGNATURE_OP_CHARS : SIGNATURE_OP_LENGTH;
	atom.min = field->length ? field->min : 1;
	atom.max = field->length ? field->max : SIGNATURE_VALUE_LEN;
	if (field->chars && (!atom.min || atom.max > SIGNATURE_VALUE_LEN)) {
		policy_error_here(reader, field->length,
				  "chars looks at values of 1 to %u bytes; fix: write a length "
				  "within these",
				  SIGNATURE_VALUE_LEN);
		return;
	}
	add_atom(reader, field->chars ? field->chars : field->length, field->entry, &atom);
}

static void read_text_field(struct policy_reader *reader, const struct node *node,
			    struct rule_entry *entry, __u8 i)
{
	static const struct policy_block keys = { SIGNATURE_OPS - SIGNATURE_OP_EQUALS, text_op_name,
						  read_text_op };
	struct field_entry field = { .entry = entry, .field = i };

	policy_read_block(reader, node, &keys, &field);
	if (field.chars || field.length)
		add_length(reader, &field);
}

/* --- numbers ------------------------------------------------------------------------------------*/

static const char *number_op_name(unsigned int i)
{
	return i ? "range" : "equals";
}

static void read_number_op(struct policy_reader *reader, const struct node *value, unsigned int i,
			   void *out)
{
	struct field_entry *field = out;
	struct signature_atom atom = { .field = field->field, .op = SIGNATURE_OP_NUMBER };
	size_t errors = reader->errors;

	if (!read_range(reader, value, &atom.min, &atom.max))
		return;
	if (!i && atom.min != atom.max)
		policy_error_here(reader, value, "a range; fix: write \"range: %u-%u\"", atom.min,
				  atom.max);
	if (field->entry->node[field->field][SIGNATURE_OP_NUMBER])
		policy_error_here(reader, value,
				  "equals and range ask the same; fix: remove one of them");
	if (reader->errors == errors)
		add_atom(reader, value, field->entry, &atom);
}

static const char *request_method_name(unsigned int i)
{
	return method_name(SIP_METHOD_NONE + 1 + i);
}

static const char *method_op_name(unsigned int i)
{
	(void)i;
	return "equals";
}

static void read_method_op(struct policy_reader *reader, const struct node *value, unsigned int i,
			   void *out)
{
	const unsigned int methods = SIP_METHOD_RESPONSE - SIP_METHOD_NONE - 1;
	const char *text = policy_read_text(reader, value, "INVITE");
	struct field_entry *field = out;
	struct signature_atom atom = { .field = field->field, .op = SIGNATURE_OP_NUMBER };

	if (!text)
		return;
	for (i = 0; i < methods && strcasecmp(request_method_name(i), text); i++)
		;
	if (i == methods) {
		unknown_word(reader, value, "method", methods, request_method_name);
		return;
	}
	atom.min = atom.max = (__u16)(SIP_METHOD_NONE + 1 + i);
	add_atom(reader, value, field->entry, &atom);
}

static void read_number_field(struct policy_reader *reader, const struct node *node,
			      struct rule_entry *entry, __u8 i)
{
	static const struct policy_block number_keys = { 2, number_op_name, read_number_op };
	static const struct policy_block method_keys = { 1, method_op_name, read_method_op };
	struct field_entry field = { .entry = entry, .field = i };

	policy_read_block(reader, node, i == SIGNATURE_FIELD_METHOD ? &method_keys : &number_keys,
			  &field);
}

/* --- a rule -------------------------------------------------------------------------------------*/

static void read_field(struct policy_reader *reader, const struct node *value, unsigned int i,
		       void *out)
{
	struct rule_entry *entry = out;
	size_t errors = reader->errors;
	__u8 atoms = entry->rule.atoms;

	if (signature_is_text(i))
		read_text_field(reader, value, entry, (__u8)i);
	else
		read_number_field(reader, value, entry, (__u8)i);
	if (reader->errors == errors && entry->rule.atoms == atoms)
		policy_error_here(reader, value,
				  "asks nothing; fix: write \"%s: ...\", or remove the key",
				  signature_op_name(SIGNATURE_OP_EQUALS));
}

static void read_signature_name(struct policy_reader *reader, const struct node *node,
				struct signature *rule)
{
	if (!policy_read_name(reader, node, rule->name, sizeof(rule->name)))
		return;
	for (size_t i = 0; i < reader->doc.signatures; i++) {
		if (!strcmp(reader->doc.signature[i].rule.name, rule->name))
			policy_error_here(reader, node,
					  "there is a signature '%s' already; fix: rename one",
					  rule->name);
	}
}

enum signature_key { SIGNATURE_KEY_NAME, SIGNATURE_KEY_ACTION, SIGNATURE_KEY_MATCH };

static const char *signature_key_name(unsigned int i)
{
	static const char *const names[] = { "name", "action", "match" };

	return names[i];
}

static void read_signature_key(struct policy_reader *reader, const struct node *value,
			       unsigned int i, void *out)
{
	static const struct policy_block fields = { SIGNATURE_FIELDS, signature_field_name,
						    read_field };
	struct rule_entry *entry = out;

	if (i == SIGNATURE_KEY_NAME)
		read_signature_name(reader, value, &entry->rule);
	else if (i == SIGNATURE_KEY_ACTION)
		policy_read_action(reader, value, &entry->rule.action);
	else
		policy_read_block(reader, value, &fields, entry);
}

/* What is wrong with a rule whose parts are all right. */
static void check_rule(struct policy_reader *reader, const struct node *node,
		       const struct rule_entry *entry)
{
	const struct signature *rule = &entry->rule;
	char why[SIGNATURE_WHY_LEN];
	unsigned int i;

	if (!*rule->name)
		policy_error_here(reader, node, "no name; fix: add \"name: NAME\"");
	if (!rule->atoms)
		policy_error_here(
			reader, node,
			"asks nothing; fix: add \"match: {user-agent: {word: NAME}}\" with what "
			"it looks for");
	if (signature_impossible(rule, &i, why)) {
		const struct signature_atom *atom = &rule->atom[i];

		policy_error_here(reader, entry->node[atom->field][atom->op], "%s", why);
	}
}

static void add_signature(struct policy_reader *reader, const struct node *node,
			  const struct signature *rule)
{
	struct policy_doc *doc = &reader->doc;
	struct policy_signature *items;

	if (doc->signatures == SIGNATURES_MAX) {
		policy_error_here(reader, node, "more than %u signatures; fix: leave some out",
				  SIGNATURES_MAX);
		return;
	}
	items = policy_grown(reader, doc->signature, doc->signatures, sizeof(*items));
	if (!items)
		return;
	doc->signature = items;
	items[doc->signatures++] = (struct policy_signature){
		.rule = *rule,
		.file = (__u16)(reader->sources - 1),
		.line = node->line,
		.column = node->column,
	};
}

static void read_signature(struct policy_reader *reader, const struct node *node, void *out)
{
	static const struct policy_block keys = { 3, signature_key_name, read_signature_key };
	/* What is new is watched before it drops. */
	struct rule_entry entry = { .rule = { .action = ACTION_SHADOW } };
	size_t errors = reader->errors;

	(void)out;
	policy_read_block(reader, node, &keys, &entry);
	if (reader->errors == errors)
		check_rule(reader, node, &entry);
	add_signature(reader, node, &entry.rule);
}

void policy_read_signatures(struct policy_reader *reader, const struct node *node)
{
	policy_read_list(reader, node, "{name: NAME, match: {user-agent: {word: WORD}}}",
			 read_signature, NULL);
}

/* --- user agents --------------------------------------------------------------------------------*/

static void read_user_agent(struct policy_reader *reader, const struct node *node, void *out)
{
	const char *text = read_pattern(reader, node, SIGNATURE_NAME_LEN - 1, "");
	struct policy_doc *doc = &reader->doc;

	(void)out;
	if (!text || !is_word(reader, node, text, "write a signature with prefix"))
		return;
	for (size_t i = 0; i < doc->user_agents; i++) {
		if (strcasecmp(doc->user_agent[i], text))
			continue;
		policy_error_here(reader, node,
				  "'%s' is in the list already, in any case of its letters; fix: "
				  "remove one of them",
				  text);
		return;
	}
	if (doc->user_agents == SIGNATURES_MAX) {
		policy_error_here(reader, node, "more than %u words; fix: leave some out",
				  SIGNATURES_MAX);
		return;
	}
	doc->user_agent_at[doc->user_agents] = policy_place_of(reader, node);
	memcpy(doc->user_agent[doc->user_agents++], text, node->length + 1);
}

void policy_read_user_agents(struct policy_reader *reader, const struct node *node)
{
	struct policy_doc *doc = &reader->doc;

	if (!policy_is_empty(node) && !reader->user_agents_given) {
		memset(doc->user_agent, 0, sizeof(doc->user_agent));
		memset(doc->user_agent_at, 0, sizeof(doc->user_agent_at));
		doc->user_agents = 0;
		reader->user_agents_given = true;
	}
	policy_read_list(reader, node, "friendly-scanner", read_user_agent, NULL);
}
