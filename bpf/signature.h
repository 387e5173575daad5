/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures: rules as data, which an operator adds without a compiler. A request pays for the
 * fields through which signatures are found, not for each signature: a field's value leads to those
 * that it may hit, mostly none, and only these are looked at atom by atom. All of this is pure.
 */
#ifndef SIPSHIELD_BPF_SIGNATURE_H
#define SIPSHIELD_BPF_SIGNATURE_H

#include "bpf/fields.h"
#include "bpf/sip_line.h"
#include "bpf/signature_index.h"

#define SIGNATURE_VALUE_WORDS (SIGNATURE_VALUE_LEN / 8)
#define SIGNATURE_TEXT_WORDS (SIGNATURE_TEXT_LEN / 8)

/* Values that are read together, when the first of them is asked for. */
enum signature_group {
	SIGNATURE_GROUP_RURI = 1,
	SIGNATURE_GROUP_FROM = 2,
	SIGNATURE_GROUP_TO = 4,
	SIGNATURE_GROUP_CONTACT = 8,
};

/* An IPv4 address as eight hexadecimal digits, and as the sixteen of these. */
struct signature_own {
	__u64 once;
	__u64 twice[2];
};

/* What signatures ask of one request. */
struct signature_values {
	struct sip_span text[SIGNATURE_TEXTS]; /* by field - SIGNATURE_FIELD_TEXT */
	__u32 number[SIGNATURE_FIELD_TEXT];    /* by field */
	__u32 read;			       /* enum signature_group, bits */
	__u32 missing;	  /* those that were asked for and have not been read */
	__u32 enforced;	  /* in: 1 if the first hit whose action is ACTION_ENFORCE ends it */
	__u32 dropped_by; /* out: index + 1 of that one; 0: none */
	struct addr to;	  /* where the request was sent */
	struct signature_own own; /* room */
	struct sip_uri uri;	  /* room for the parser */
	struct sip_name_addr address;
};

/* The low 16 bits of a number as four hexadecimal digits, in the low half of the word. */
static __always_inline __u64 signature_digits(__u32 number)
{
	__u64 word = 0;

	for (int i = 0; i < 4; i++) {
		__u64 digit = number >> (12 - 4 * i) & 15;

		word |= ('0' + digit + 39 * ((digit + 6) >> 4)) << (8 * i);
	}
	return word;
}

/* Each of the four low bytes of a word as two hexadecimal digits. */
static __always_inline __u64 signature_digits_of(__u32 word)
{
	return signature_digits((word & 0xff) << 8 | (word >> 8 & 0xff)) |
	       signature_digits((word >> 16 & 0xff) << 8 | word >> 24) << 32;
}

/* A header's value without the blanks behind it, which the sweep leaves there. */
static __always_inline struct sip_span signature_header(struct sip_scratch *s,
							enum sip_header header)
{
	struct sip_span value = s->facts.header[header];

	value.len = sip_trim(s, value.off, sip_span_end(value)) - value.off;
	return value;
}

/* Sets the values of a request after fields_request(): those that cost next to nothing. */
static __always_inline void signature_begin(struct signature_values *v, struct sip_scratch *s,
					    const struct sip_fields *fields, const struct facts *f)
{
	v->read = 0;
	v->to = f->dst;
	v->number[SIGNATURE_FIELD_METHOD] = f->method;
	v->number[SIGNATURE_FIELD_SOURCE_PORT] = bpf_ntohs(f->sport);
	v->number[SIGNATURE_FIELD_PAYLOAD_LENGTH] = f->payload_len;
	v->text[SIGNATURE_FIELD_USER_AGENT - SIGNATURE_FIELD_TEXT] =
		signature_header(s, SIP_HEADER_USER_AGENT);
	v->text[SIGNATURE_FIELD_CALL_ID - SIGNATURE_FIELD_TEXT] =
		signature_header(s, SIP_HEADER_CALL_ID);
	v->text[SIGNATURE_FIELD_BRANCH - SIGNATURE_FIELD_TEXT] = fields->via.branch;
}

/* The group that a field is read with; 0: signature_begin() has read it. */
static __always_inline __u32 signature_group_of(__u32 field)
{
	switch (field) {
	case SIGNATURE_FIELD_RURI_USER:
	case SIGNATURE_FIELD_RURI_HOST:
		return SIGNATURE_GROUP_RURI;
	case SIGNATURE_FIELD_FROM_USER:
	case SIGNATURE_FIELD_FROM_HOST:
	case SIGNATURE_FIELD_FROM_TAG:
		return SIGNATURE_GROUP_FROM;
	case SIGNATURE_FIELD_TO_USER:
	case SIGNATURE_FIELD_TO_HOST:
		return SIGNATURE_GROUP_TO;
	case SIGNATURE_FIELD_CONTACT_HOST:
		return SIGNATURE_GROUP_CONTACT;
	default:
		return 0;
	}
}

static __always_inline void signature_set_text(struct signature_values *v, __u32 field,
					       struct sip_span value)
{
	v->text[field - SIGNATURE_FIELD_TEXT] = value;
}

/* Takes the headers of a group apart. */
__subprog int signature_read(struct signature_values *v, struct sip_scratch *s, __u32 group)
{
	enum sip_header header = SIP_HEADER_CONTACT;

	if (!v || !s)
		return 0;
	v->read |= group;
	v->uri = (struct sip_uri){};
	v->address = (struct sip_name_addr){};
	if (group == SIGNATURE_GROUP_RURI) {
		sip_request_uri(s, &v->uri);
		signature_set_text(v, SIGNATURE_FIELD_RURI_USER, v->uri.user);
		signature_set_text(v, SIGNATURE_FIELD_RURI_HOST, v->uri.host);
		return 0;
	}
	if (group == SIGNATURE_GROUP_FROM)
		header = SIP_HEADER_FROM;
	else if (group == SIGNATURE_GROUP_TO)
		header = SIP_HEADER_TO;
	sip_name_addr(s, &s->facts.header[header], &v->address);
	barrier();
	if (group == SIGNATURE_GROUP_FROM) {
		signature_set_text(v, SIGNATURE_FIELD_FROM_USER, v->address.parts.user);
		signature_set_text(v, SIGNATURE_FIELD_FROM_HOST, v->address.parts.host);
		signature_set_text(v, SIGNATURE_FIELD_FROM_TAG, v->address.tag);
	} else if (group == SIGNATURE_GROUP_TO) {
		signature_set_text(v, SIGNATURE_FIELD_TO_USER, v->address.parts.user);
		signature_set_text(v, SIGNATURE_FIELD_TO_HOST, v->address.parts.host);
	} else {
		signature_set_text(v, SIGNATURE_FIELD_CONTACT_HOST, v->address.parts.host);
	}
	return 0;
}

/*
 * Reads the groups in a mask that have not been read. What asks for values is too deep in calls to
 * call the parser.
 */
static __always_inline void signature_read_all(struct signature_values *v, struct sip_scratch *s,
					       __u32 groups)
{
	groups &= ~v->read;
	if (!groups)
		return;
	for (__u32 group = 1; group <= SIGNATURE_GROUP_CONTACT; group <<= 1)
		if (groups & group)
			signature_read(v, s, group);
}

/* The value of a text field whose group has been read. */
static __always_inline struct sip_span signature_text(const struct signature_values *v, __u32 field)
{
	__u32 text = field - SIGNATURE_FIELD_TEXT;

	if (text >= SIGNATURE_TEXTS)
		return (struct sip_span){};
	return v->text[text];
}

/* Where words begin in the eight bytes at `at`: top bits. *inside: the byte before is of a word. */
static __always_inline __u64 signature_starts(__u64 word, __u32 left, __u64 *inside)
{
	__u64 alnum = signature_alnum(word), starts = alnum & ~(alnum << 8 | *inside);

	*inside = alnum >> 56;
	return left < 8 ? starts & sip_low_bytes(left) : starts;
}

/* The signatures that words of [at, at + len) lead to. No more than 4 words begin in 8 bytes. */
static __always_inline __u64 signature_words(const struct signature_index *index,
					     struct sip_scratch *s, __u32 at, __u32 len)
{
	__u64 found = 0, inside = 0, starts, word;
	__u32 end = at + (len < SIGNATURE_VALUE_LEN ? len : SIGNATURE_VALUE_LEN);

	for (int i = 0; i < SIGNATURE_VALUE_WORDS && at < end; i++, at += 8) {
		starts = signature_starts(sip_load(s, at), end - at, &inside);
		for (int j = 0; j < 4 && starts; j++, starts &= starts - 1) {
			word = sip_load(s, at + sip_first(starts));
			found |= index->word[0][signature_bucket(word)] &
				 index->word[1][signature_bucket(word >> 16)];
		}
	}
	return found;
}

/*
 * The signatures that a value may hit, of those that are found through its field; none if it is
 * absent.
 */
__subprog __u64 signature_ask(const struct signature_index *index, struct sip_scratch *s, __u32 at,
			      __u32 len)
{
	__u64 found, word;

	if (!index || !s || !at)
		return 0;
	found = index->any;
	if (index->asks & SIGNATURE_ASK_START) {
		word = sip_load(s, at + signature_lead(sip_load(s, at)));
		found |= index->start[0][signature_bucket(word)] &
			 index->start[1][signature_bucket(word >> 16)];
	}
	if (index->asks & SIGNATURE_ASK_END) {
		word = sip_load(s, at + len - 4);
		found |= index->end[0][signature_bucket(word >> 16)] &
			 index->end[1][signature_bucket(word)];
	}
	if (index->asks & SIGNATURE_ASK_WORD)
		found |= signature_words(index, s, at, len);
	return found & index->length[signature_length_bucket(len)];
}

/* The groups with fields through which signatures of `left` are found. */
static __always_inline __u32 signature_groups(const struct signature_set *set, __u64 left)
{
	__u32 groups = 0;

	if (!(set->fields >> (SIGNATURE_FIELD_RURI_USER - SIGNATURE_FIELD_TEXT)))
		return 0;
	for (__u32 i = 0; i < SIGNATURE_TEXTS; i++)
		if (set->index[i].rules & left)
			groups |= signature_group_of(i + SIGNATURE_FIELD_TEXT);
	return groups;
}

/* The signatures of a set that a request may hit, of those in `left`, the groups being read. */
__subprog __u64 signature_candidates(const struct signature_set *set, struct sip_scratch *s,
				     struct signature_values *v, __u64 left)
{
	struct sip_span value;
	__u64 found;

	if (!set || !s || !v)
		return 0;
	found = set->always;
	for (__u32 i = 0; i < SIGNATURE_TEXTS; i++) {
		if (!(set->fields >> i & 1) || !(set->index[i].rules & left))
			continue;
		value = v->text[i];
		found |= signature_ask(&set->index[i], s, value.off, value.len);
	}
	return found & left;
}

/* The bits in which two words differ; with folded all ones, in which they do in lower case. */
static __always_inline __u64 signature_differs(__u64 a, __u64 b, __u64 folded)
{
	return ((a ^ b) & ~folded) | ((signature_fold(a) ^ signature_fold(b)) & folded);
}

/* Whether the text stands at `at`; what lies behind the value's end is not asked. */
__subprog int signature_text_at(const struct signature_atom *a, struct sip_scratch *s, __u32 at)
{
	__u64 word, differs = 0, folded;

	if (!a || !s)
		return 0;
	folded = a->flags & SIGNATURE_ANY_CASE ? ~0ULL : 0;
	for (__u32 i = 0; i < SIGNATURE_TEXT_WORDS && 8 * i < a->len; i++) {
		word = signature_differs(sip_load(s, at + 8 * i), load_u64(&a->text[8 * i]),
					 folded);
		if (a->len - 8 * i < 8)
			word &= sip_low_bytes(a->len);
		differs |= word;
	}
	return !differs;
}

/* Whether the text stands at `at`, and a word ends behind it. */
static __always_inline int signature_word_at(const struct signature_atom *a, struct sip_scratch *s,
					     __u32 at, __u32 end)
{
	if (at + a->len > end || !signature_text_at(a, s, at))
		return 0;
	at += a->len;
	return at == end || !(signature_alnum(sip_byte(s, at)) & 0x80);
}

/* Whether the text is the word that begins at one of `starts`, top bits of the bytes at `at`. */
__subprog int signature_word_among(const struct signature_atom *a, struct sip_scratch *s, __u32 at,
				   __u32 end, __u64 starts)
{
	__u32 next;

	if (!a || !s)
		return 0;
	for (int i = 0; i < 4 && starts; i++, starts &= starts - 1) {
		next = at + sip_first(starts);
		if (sip_lower(sip_byte(s, next) ^ a->text[0]) == SIP_BYTES(0x20) &&
		    signature_word_at(a, s, next, end))
			return 1;
	}
	return 0;
}

/* Whether the text is a word of [at, at + len). */
__subprog int signature_has_word(const struct signature_atom *a, struct sip_scratch *s, __u32 at,
				 __u32 len)
{
	__u32 end = at + len, stop;
	__u64 inside = 0, starts;

	if (!a || !s)
		return 0;
	stop = at + (len < SIGNATURE_VALUE_LEN ? len : SIGNATURE_VALUE_LEN);
	for (int i = 0; i < SIGNATURE_VALUE_WORDS && at < stop; i++, at = sip_settle(s, at + 8)) {
		starts = signature_starts(sip_load(s, at), stop - at, &inside);
		if (signature_word_among(a, s, at, end, starts))
			return 1;
	}
	return 0;
}

/*
 * Whether `once` stands, in any case, or `twice` and `more` behind it, at one of the next eight
 * positions, and before `end`.
 */
__subprog int signature_own_among(struct sip_scratch *s, __u32 at, __u32 end,
				  const struct signature_own *own)
{
	__u64 word;

	if (!s || !own)
		return 0;
	for (int i = 0; i < 8 && at + 8 <= end; i++, at++) {
		word = sip_load(s, at);
		if (signature_fold(word) == own->once)
			return 1;
		if (word == own->twice[0] && at + 16 <= end && sip_load(s, at + 8) == own->twice[1])
			return 1;
	}
	return 0;
}

/* Whether the IPv4 address that was asked stands in [at, at + len) as hexadecimal digits. */
__subprog int signature_has_own(struct signature_values *v, struct sip_scratch *s, __u32 at,
				__u32 len)
{
	__u32 end = at + (len < SIGNATURE_VALUE_LEN ? len : SIGNATURE_VALUE_LEN), address;

	if (!v || !s || v->to.half[0] || v->to.word[2] != bpf_htonl(0xffff))
		return 0;
	address = bpf_ntohl(v->to.word[3]);
	v->own.once = signature_digits(address >> 16) | signature_digits(address) << 32;
	v->own.twice[0] = signature_digits_of(v->own.once);
	v->own.twice[1] = signature_digits_of(v->own.once >> 32);
	for (int i = 0; i < SIGNATURE_VALUE_WORDS && at < end; i++, at += 8)
		if (signature_own_among(s, at, end, &v->own))
			return 1;
	return 0;
}

/* Whether two values of the same length, 1 to SIGNATURE_VALUE_LEN, are alike. */
__subprog int signature_same(struct sip_scratch *s, __u32 a, __u32 b, __u32 len, __u32 any_case)
{
	__u64 x, differs = 0, folded = any_case ? ~0ULL : 0;
	__u32 i;

	if (!s || !len || len > SIGNATURE_VALUE_LEN)
		return 0;
	for (i = 0; i < SIGNATURE_VALUE_LEN && i + 8 <= len; i += 8)
		differs |= signature_differs(sip_load(s, a + i), sip_load(s, b + i), folded);
	x = signature_differs(sip_load(s, a + i), sip_load(s, b + i), folded);
	return !(differs | (x & sip_low_bytes(len)));
}

/* Whether a value that is there fits an atom about a text. */
static __always_inline int signature_text_fits(const struct signature_atom *a,
					       struct sip_scratch *s, struct signature_values *v,
					       struct sip_span value)
{
	struct sip_span other;

	switch (a->op) {
	case SIGNATURE_OP_EQUALS:
		return value.len == a->len && signature_text_at(a, s, value.off);
	case SIGNATURE_OP_PREFIX:
		return value.len >= a->len && signature_text_at(a, s, value.off);
	case SIGNATURE_OP_SUFFIX:
		return value.len >= a->len && signature_text_at(a, s, sip_span_end(value) - a->len);
	case SIGNATURE_OP_WORD:
		return signature_has_word(a, s, value.off, value.len);
	case SIGNATURE_OP_CHARS:
		return value.len >= a->min && value.len <= a->max &&
		       sip_made_of(s, value.off, sip_span_end(value), a->low, a->high);
	case SIGNATURE_OP_LENGTH:
		return value.len >= a->min && value.len <= a->max;
	case SIGNATURE_OP_SAME:
		other = signature_text(v, a->other);
		return other.len == value.len && signature_same(s, value.off, other.off, value.len,
								a->flags & SIGNATURE_ANY_CASE);
	case SIGNATURE_OP_OWN_ADDRESS:
		return signature_has_own(v, s, value.off, value.len);
	default:
		return 0;
	}
}

/* Whether a request hits an atom. A value that is missing may: v->missing has it then. */
__subprog int signature_atom_hits(const struct signature_atom *a, struct sip_scratch *s,
				  struct signature_values *v)
{
	struct sip_span value;
	__u32 field, number, missing;

	if (!a || !s || !v)
		return 0;
	field = a->field;
	if (field < SIGNATURE_FIELD_TEXT) {
		number = v->number[field];
		return a->op == SIGNATURE_OP_NUMBER && number >= a->min && number <= a->max;
	}
	missing = signature_group_of(field);
	if (a->op == SIGNATURE_OP_SAME)
		missing |= signature_group_of(a->other);
	missing &= ~v->read;
	v->missing |= missing;
	if (missing)
		return 1;
	value = signature_text(v, field);
	return value.off && signature_text_fits(a, s, v, value);
}

/*
 * Whether a request hits all atoms of the i-th signature, as far as its values have been read. One
 * that is enforced, then, goes to v->dropped_by.
 */
__subprog int signature_rule_hits(const struct signature_set *set, struct sip_scratch *s,
				  struct signature_values *v, __u32 i)
{
	const struct signature *rule;

	if (!set || !s || !v)
		return 0;
	barrier_var(i);
	i &= SIGNATURES_MAX - 1;
	rule = &set->rule[i];
	if (!rule->atoms)
		return 0;
	for (int n = 0; n < (int)SIGNATURE_ATOMS_MAX && n < rule->atoms; n++)
		if (!signature_atom_hits(&rule->atom[n], s, v))
			return 0;
	if (v->enforced && rule->action == ACTION_ENFORCE && !v->missing)
		v->dropped_by = i + 1;
	return 1;
}

/* Number of the lowest bit of a mask that is not 0. */
static __always_inline __u32 signature_lowest(__u64 mask)
{
	__u64 below = (mask & -mask) - 1;

	below -= below >> 1 & 0x5555555555555555ULL;
	below = (below & 0x3333333333333333ULL) + (below >> 2 & 0x3333333333333333ULL);
	below = (below + (below >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	return below * 0x0101010101010101ULL >> 56;
}

/*
 * The candidates that a request hits, in the order of the set. With v->enforced the first whose
 * action is ACTION_ENFORCE goes to v->dropped_by, and those behind it are not looked at.
 */
__subprog __u64 signature_try(const struct signature_set *set, struct sip_scratch *s,
			      struct signature_values *v, __u64 candidates)
{
	__u64 hits = 0;
	__u32 i;

	if (!set || !s || !v)
		return 0;
	v->dropped_by = 0;
	v->missing = 0;
	for (__u32 n = 0; n < SIGNATURES_MAX && candidates; n++, candidates &= candidates - 1) {
		i = signature_lowest(candidates);
		if (!signature_rule_hits(set, s, v, i))
			continue;
		hits |= 1ULL << (i & 63);
		if (v->dropped_by)
			break;
	}
	return hits;
}

/*
 * The signatures of a set that a request hits: a mask. v->enforced and v->dropped_by as above.
 * signature_begin() has been called. A second try finds nothing missing, since the first has gone
 * on wherever something was.
 */
static __always_inline __u64 signature_hits_of(const struct signature_set *set,
					       struct sip_scratch *s, struct signature_values *v)
{
	__u32 method = v->number[SIGNATURE_FIELD_METHOD];
	__u64 left, hits;

	v->dropped_by = 0;
	if (method >= SIP_METHOD_MAX)
		return 0;
	left = set->method[method];
	if (!left)
		return 0;
	if (set->fields == 1) { /* the list of User-Agents: a call costs as much as the value */
		left &= set->always |
			signature_ask(&set->index[0], s, v->text[0].off, v->text[0].len);
	} else {
		signature_read_all(v, s, signature_groups(set, left));
		left = signature_candidates(set, s, v, left);
	}
	if (!left)
		return 0;
	hits = signature_try(set, s, v, left);
	if (hits && v->missing) {
		signature_read_all(v, s, v->missing);
		hits = signature_try(set, s, v, hits);
	}
	return hits;
}

#endif
