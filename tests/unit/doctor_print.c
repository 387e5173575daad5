// SPDX-License-Identifier: GPL-2.0-or-later
/* The doctor's lines, its document, and its manual, which has a place for each check. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "user/doctor.h"

#define MANUAL_MAX 65536

Test(doctor_print, manual_has_every_check)
{
	static char manual[MANUAL_MAX];
	FILE *file = fopen("docs/doctor.md", "r");
	char row[256];

	cr_assert_not_null(file, "tests run from the root of the tree");
	cr_assert_gt(fread(manual, 1, sizeof(manual) - 1, file), 0);
	fclose(file);
	for (unsigned int i = 0; i < DOCTOR_CHECKS; i++) {
		snprintf(row, sizeof(row), "\n### D%03u %s\n\n%c%s.", doctor_number(i),
			 doctor_name(i),
			 doctor_sentence(i)[0] >= 'a' ? doctor_sentence(i)[0] - 32
						      : doctor_sentence(i)[0],
			 doctor_sentence(i) + 1);
		cr_expect(strstr(manual, row), "docs/doctor.md lacks:%s", row);
	}
}

Test(doctor_print, numbers_are_never_used_twice)
{
	for (unsigned int i = 0; i < DOCTOR_CHECKS; i++) {
		for (unsigned int j = 0; j < i; j++)
			cr_assert_neq(doctor_number(i), doctor_number(j));
	}
}

static struct doctor_facts absent(void)
{
	struct doctor_facts facts = { .nic = { .name = "eth7", .present = FACT_NO } };

	return facts;
}

Test(doctor_print, lines)
{
	struct doctor_facts facts = absent();
	struct doctor_report report;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	doctor_judge(&facts, &report);
	doctor_print(&facts, &report, false, out);
	fclose(out);
	cr_assert(
		strstr(text,
		       "\nFAIL D003 interface  there is no interface eth7\n     fix: ip -br link\n"),
		"%s", text);
	cr_assert(strstr(text, "rm /sys/fs/bpf/sipshield/eth7/link"));
	cr_assert_null(strchr(text, '\033'));
	free(text);
}

Test(doctor_print, document)
{
	struct doctor_facts facts = absent();
	struct doctor_report report;
	json_t *document, *check;
	const char *key;

	doctor_judge(&facts, &report);
	document = doctor_json(&facts, &report);
	key = json_object_iter_key(json_object_iter(document));
	cr_assert_str_eq(key, "schema_version");
	cr_assert_eq(json_integer_value(json_object_get(document, "failures")), 1);
	check = json_array_get(json_object_get(document, "checks"), 2);
	cr_assert_str_eq(json_string_value(json_object_get(check, "id")), "D003");
	cr_assert_str_eq(json_string_value(json_object_get(check, "level")), "FAIL");
	cr_assert_str_eq(json_string_value(json_object_get(check, "fix")), "ip -br link");
	json_decref(document);
}
