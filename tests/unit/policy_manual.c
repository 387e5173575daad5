// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * docs/policy.md says what the code does: its tables are held against it row by row.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/names.h"
#include "user/policy.h"
#include "user/signature.h"

#define MANUAL_MAX 65536

static const char *const class_sentences[] = {
#define CLASS(id, name, sentence) sentence,
#include "maps/classes.def"
#undef CLASS
};

static char manual[MANUAL_MAX];

static void read_manual(void)
{
	FILE *file = fopen("docs/policy.md", "r");

	cr_assert_not_null(file, "tests run from the root of the tree");
	cr_assert_gt(fread(manual, 1, sizeof(manual) - 1, file), 0);
	fclose(file);
}

static void expect_row(const char *row)
{
	cr_expect(strstr(manual, row), "docs/policy.md lacks the row: %s", row);
}

TestSuite(policy_manual, .init = read_manual);

Test(policy_manual, rules)
{
	char row[256];

	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX && !reason_is_check(i); i++) {
		snprintf(row, sizeof(row), "| `%s` | %s |\n", reason_name(i), reason_sentence(i));
		expect_row(row);
		cr_expect_eq(reason_default_action(i), ACTION_ENFORCE);
	}
}

/* What is strong drops, what is not is scored; a check on trial may be in shadow. */
Test(policy_manual, checks)
{
	static const struct {
		enum rule_action action;
		enum check_weight weight;
	} checks[] = {
#define ENFORCE ACTION_ENFORCE
#define SCORE ACTION_SCORE
#define SHADOW ACTION_SHADOW
#define OFF ACTION_OFF
#define CHECK(id, name, weight, action, sentence) { action, WEIGHT_##weight },
#include "maps/checks.def"
#undef CHECK
	};
	const size_t n = sizeof(checks) / sizeof(checks[0]);
	char row[64];

	for (size_t i = 0; i < n; i++) {
		enum rule_action most = checks[i].weight == WEIGHT_STRONG ? ACTION_ENFORCE
									  : ACTION_SCORE;
		unsigned int reason = (unsigned int)(REASON_MAX - n + i);

		cr_expect(checks[i].action == most || checks[i].action <= ACTION_SHADOW, "%s",
			  reason_name(reason));
		snprintf(row, sizeof(row), " | %d |", checks[i].weight);
		cr_expect(strstr(manual, row), "docs/policy.md lacks the weight %d",
			  checks[i].weight);
	}
}

/* Fields, operators and classes have a place in the manual; so has each default User-Agent. */
Test(policy_manual, signatures)
{
	char word[SIGNATURE_NAME_LEN + 3];
	struct policy_doc doc;

	for (unsigned int i = 0; i < SIGNATURE_FIELDS; i++) {
		snprintf(word, sizeof(word), "`%s`", signature_field_name(i));
		expect_row(word);
	}
	for (unsigned int i = 0; i < SIGNATURE_OPS; i++) {
		snprintf(word, sizeof(word), "`%s: ", signature_op_name(i));
		expect_row(word);
	}
	for (unsigned int i = 0; i < signature_class_count; i++) {
		snprintf(word, sizeof(word), "`%s`", signature_class_name(i));
		expect_row(word);
	}
	policy_defaults(&doc);
	for (size_t i = 0; i < doc.user_agents; i++) {
		snprintf(word, sizeof(word), "`%s`", doc.user_agent[i]);
		expect_row(word);
	}
	policy_free(&doc);
}

Test(policy_manual, limits)
{
	struct policy_doc doc;
	char row[256];

	policy_defaults(&doc);
	for (unsigned int i = 0; i < CLASS_MAX; i++) {
		int len = snprintf(row, sizeof(row), "| `%s` | %s |", class_name(i),
				   class_sentences[i]);

		for (int j = STANDING_UNKNOWN; j <= STANDING_TRUSTED; j++)
			len += snprintf(row + len, sizeof(row) - (size_t)len, " %g/s, %g |",
					doc.limit[j][i].rate, doc.limit[j][i].burst);
		expect_row(row);
	}
	for (unsigned int i = 0; i < LANE_MAX; i++) {
		snprintf(row, sizeof(row), "| %g/s, burst %g |\n", doc.lane[i].rate,
			 doc.lane[i].burst);
		expect_row(row);
	}
	policy_free(&doc);
}
