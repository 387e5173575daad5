// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * 500 spoilt policies: each is refused, every message says where, and nothing of it gets out.
 */
#include <criterion/criterion.h>
#include <errno.h>

#include "tests/unit/policy_mutant.h"
#include "tests/unit/policy_reading.h"

#define MUTANTS 500

static struct mutant mutants[MUTANTS];

static void spoil(void)
{
	policy_mutants(mutants, MUTANTS);
}

TestSuite(policy_mutants, .init = spoil);

/* Those that were spoilt must have been good. */
Test(policy_mutants, the_bases_are_valid)
{
	for (size_t i = 0; i < MUTANT_BASES; i++) {
		cleanup_reading struct reading reading = read_policy(mutant_bases[i]);

		cr_expect_eq(reading.result, 0, "%s", reading.said);
	}
}

/* One message: "p.yaml:LINE:COL: error: WHAT; fix: HOW". Returns its line, or 0 if it is none. */
static unsigned int message_line(const char *message, unsigned int lines)
{
	unsigned int line, column;
	int end = 0;

	if (sscanf(message, "p.yaml:%u:%u: error: %n", &line, &column, &end) != 2 || !end)
		return 0;
	if (!strstr(message + end, "; fix: ") || !line || line > lines || !column)
		return 0;
	return line;
}

/* All messages; says what is wrong with the first that is no good. */
static void check_messages(const struct mutant *mutant, unsigned int n, char *said)
{
	unsigned int lines = mutant_line_of(mutant->text, mutant->length);
	bool named = !mutant->line;
	char *save = NULL;

	for (char *message = strtok_r(said, "\n", &save); message;
	     message = strtok_r(NULL, "\n", &save)) {
		unsigned int line;

		if (*message == ' ' || !strncmp(message, "and ", 4))
			continue;
		line = message_line(message, lines);
		cr_expect(line, "mutant %u (%s): no place or no fix: %s", n, mutant->kind, message);
		named |= line == mutant->line;
	}
	cr_expect(named, "mutant %u (%s): no message for line %u", n, mutant->kind, mutant->line);
}

Test(policy_mutants, none_is_read)
{
	for (unsigned int i = 0; i < MUTANTS; i++) {
		const struct mutant *mutant = &mutants[i];
		struct policy_doc doc = { .work_per_tick = 7 };
		char *said = NULL;
		size_t length = 0;
		FILE *err = open_memstream(&said, &length);
		int result;

		result = policy_parse("p.yaml", mutant->text, mutant->length, &doc, err);
		fclose(err);
		cr_expect_eq(result, -EINVAL, "mutant %u (%s) was read:\n%s", i, mutant->kind,
			     mutant->text);
		cr_expect(doc.work_per_tick == 7 && !doc.listener && !doc.file,
			  "mutant %u (%s) got out", i, mutant->kind);
		check_messages(mutant, i, said);
		free(said);
	}
}

Test(policy_mutants, no_two_are_the_same)
{
	for (unsigned int i = 0; i < MUTANTS; i++) {
		for (unsigned int j = 0; j < i; j++) {
			if (mutants[i].length == mutants[j].length)
				cr_expect(memcmp(mutants[i].text, mutants[j].text,
						 mutants[i].length),
					  "mutants %u and %u (%s)", i, j, mutants[i].kind);
		}
	}
}
