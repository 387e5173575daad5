// SPDX-License-Identifier: GPL-2.0-or-later
/* How a decision reads, for people and for programs, and that the manual knows all of them. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/transition.h"

static struct transition example(void)
{
	struct transition t = {
		.id = 7,
		.prefix = 128,
		.from = STEP_TIGHT,
		.to = STEP_BAN_2,
		.rule = RULE_USERS,
		.ttl_seconds = 300,
		.evidence = { .count = 12, .limit = 10, .accepted = 1, .answered = 40 },
	};

	cr_assert_eq(addr_parse("198.51.100.7", &t.key), 0);
	transition_say(&t);
	return t;
}

Test(transition, one_line)
{
	struct transition t = example();
	char text[TRANSITION_TEXT_LEN];

	cr_assert_str_eq(transition_text(&t, text),
			 "198.51.100.7: tight -> ban-2 for 5m: 12 users asked for in vain; 1 of 40 "
			 "granted (users)");
	t.to = STEP_TIGHT;
	t.from = STEP_NONE;
	t.ttl_seconds = 0;
	t.bound = BOUND_TRUSTED;
	cr_assert_str_eq(transition_text(&t, text),
			 "198.51.100.7: none -> tight: 12 users asked for in vain; 1 of 40 granted "
			 "(users); not banned: it is trusted");
	t.error = -ENOSPC;
	cr_assert(strstr(transition_text(&t, text), "; not done: No space left on device"));
}

Test(transition, as_json)
{
	struct transition t = example();
	json_t *json = transition_json(&t, 1.5);
	char *text = json_dumps(json, JSON_COMPACT);

	cr_assert_str_eq(text, "{\"id\":7,\"t\":1.5,\"src\":\"198.51.100.7\",\"from\":\"tight\","
			       "\"to\":\"ban-2\",\"rule\":\"users\",\"sentence\":\"12 users asked "
			       "for in vain; 1 of 40 granted\",\"ttl\":300,\"bound\":\"\","
			       "\"error\":\"\",\"evidence\":{\"count\":12,\"limit\":10,"
			       "\"accepted\":1,\"answered\":40}}");
	free(text);
	json_decref(json);
}

Test(transition, names_are_all_there)
{
	for (unsigned int i = 0; i < STEP_MAX; i++)
		cr_expect(step_name(i) && *step_name(i), "step %u", i);
	for (unsigned int i = 0; i < RULE_MAX; i++)
		cr_expect(rule_name(i) && *rule_name(i), "rule %u", i);
	for (unsigned int i = 0; i < BOUND_MAX; i++)
		cr_expect(bound_sentence(i), "bound %u", i);
	cr_expect_str_eq(step_name(STEP_MAX), "invalid");
	cr_expect_eq(step_seconds(STEP_BAN_5), 86400);
	cr_expect_eq(step_seconds(STEP_TIGHT), 0);
	cr_expect_eq(step_seconds(STEP_NARROW), 0);
}

static const char *most(enum step step)
{
	return step == STEP_BAN_1 ? "ban" : step_name(step);
}

/* docs/escalation.md has a row for each rule, made of the table that the agent goes by. */
Test(transition, the_manual)
{
	static char manual[65536];
	FILE *file = fopen("docs/escalation.md", "r");
	char row[256];

	cr_assert_not_null(file, "tests run from the root of the tree");
	cr_assert_gt(fread(manual, 1, sizeof(manual) - 1, file), 0);
	fclose(file);
	for (unsigned int r = RULE_NONE + 1; r < RULE_MAX; r++) {
		const struct rule_info *info = rule_info(r);

		if (r < RULE_EVIDENCE_END)
			snprintf(row, sizeof(row), "| `%s` | %s | %u | %s | %s |", info->name,
				 info->what, info->limit, most(info->proven), most(info->trusted));
		else
			snprintf(row, sizeof(row), "| `%s` | %s |", info->name, info->what);
		cr_expect(strstr(manual, row), "docs/escalation.md lacks the row: %s", row);
	}
}
