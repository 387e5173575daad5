// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets of random signatures against random requests: the packet path, its index and the parser find
 * what the slow way finds, and nothing else.
 */
#include <criterion/criterion.h>

#include "bpf/signature.h"
#include "tests/unit/signature_random.h"

#define SETS 400
#define SAMPLES 40

static const struct signature_values *values_of(const struct sample *m, struct sip_scratch *s)
{
	static struct signature_values v;
	struct sip_fields fields = { 0 };
	struct facts facts = {
		.dst = m->to,
		.method = (__u8)s->facts.method,
		.sport = bpf_htons((__u16)m->number[SIGNATURE_FIELD_SOURCE_PORT]),
		.payload_len = m->number[SIGNATURE_FIELD_PAYLOAD_LENGTH],
	};

	fields_request(s, &fields);
	signature_begin(&v, s, &fields, &facts);
	return &v;
}

static void say(const struct signature *rule, const char *message)
{
	char text[SIGNATURE_MATCH_LEN];

	for (unsigned int i = 0; i < rule->atoms;) {
		i = signature_field_text(rule, i, text);
		fprintf(stderr, "  %s\n", text);
	}
	fprintf(stderr, "%s\n", message);
}

/* What the set must hit, and which of its rules drops. */
static __u64 expected_hits(const struct signature_set *set, const struct sample *m, __u32 *by)
{
	__u64 hits = 0;

	*by = 0;
	for (unsigned int i = 0; i < SIGNATURES_MAX; i++) {
		if (!(set->used >> i & 1) || !rule_hits(&set->rule[i], m))
			continue;
		hits |= 1ULL << i;
		if (!*by && set->rule[i].action == ACTION_ENFORCE)
			*by = i + 1;
	}
	return hits;
}

static unsigned int try_sample(const struct signature_set *set, struct sample *m)
{
	char message[SIP_WINDOW];
	size_t length = sample_message(m, message, sizeof(message));
	struct sip_scratch *s = scratch_of(message, (__u32)length);
	struct signature_values v;
	__u64 expected, hits;
	__u32 by;

	cr_assert_eq(parse(s), SIP_COMPLETE, "%s", message);
	v = *values_of(m, s);
	expected = expected_hits(set, m, &by);
	v.enforced = 0;
	hits = signature_hits_of(set, s, &v);
	if (hits != expected)
		say(&set->rule[signature_lowest(hits ^ expected)], message);
	cr_assert_eq(hits, expected);
	v.read = 0;
	v.enforced = 1;
	hits = signature_hits_of(set, s, &v);
	cr_assert_eq(v.dropped_by, by, "%u drops, not %u", v.dropped_by, by);
	/* Those behind the one that drops do not count. */
	if (by)
		expected &= ~0ULL >> (64 - by);
	cr_assert_eq(hits, expected);
	return (unsigned int)__builtin_popcountll(expected);
}

/* Each set is made of rules about some of the requests that it is asked about. */
Test(signature_hits, random)
{
	static struct signature rule[SIGNATURES_MAX];
	static struct signature_set set;
	static struct sample sample[SAMPLES];
	unsigned int hits = 0;

	for (int n = 0; n < SETS; n++) {
		__u32 rules = 1 + below(SIGNATURES_MAX);

		for (int i = 0; i < SAMPLES; i++)
			random_sample(&sample[i]);
		for (__u32 i = 0; i < rules; i++)
			rule[i] = random_rule(&sample[below(SAMPLES)]);
		signature_compile(rule, rules, &set);
		for (int i = 0; i < SAMPLES; i++)
			hits += try_sample(&set, &sample[i]);
	}
	/* Else the requests and the rules have nothing to do with each other any more. */
	cr_expect_gt(hits, SETS * SAMPLES / 4, "only %u hits", hits);
}

/* What is said of rules is true of all that they hit. */
Test(signature_hits, explained)
{
	static struct sample sample[SAMPLES];
	char message[SIP_WINDOW], why[SIGNATURE_WHY_LEN];
	unsigned int atom, impossible = 0, covered = 0;

	for (int n = 0; n < SETS * 4; n++) {
		struct signature wide, narrow;

		for (int i = 0; i < SAMPLES / 4; i++) {
			random_sample(&sample[i]);
			sample_message(&sample[i], message, sizeof(message));
		}
		for (int pair = 0; pair < 40; pair++) {
			bool never, covers;

			narrow = random_rule(&sample[below(SAMPLES / 4)]);
			wide = one_in(2) ? narrow : random_rule(&sample[below(SAMPLES / 4)]);
			wide.atoms = wide.atoms > 1 ? (__u8)(wide.atoms - 1) : 1;
			narrow.action = wide.action = ACTION_ENFORCE;
			never = signature_impossible(&narrow, &atom, why);
			covers = signature_covers(&wide, &narrow);
			impossible += never;
			covered += covers;
			for (int i = 0; i < SAMPLES / 4; i++) {
				bool hits = rule_hits(&narrow, &sample[i]);

				if (never && hits)
					say(&narrow, why);
				cr_assert(!never || !hits);
				if (covers && hits && !rule_hits(&wide, &sample[i]))
					say(&wide, "does not cover"), say(&narrow, "");
				cr_assert(!covers || !hits || rule_hits(&wide, &sample[i]));
			}
		}
	}
	cr_expect_gt(impossible, SETS, "only %u are impossible", impossible);
	cr_expect_gt(covered, SETS, "only %u are covered", covered);
}
