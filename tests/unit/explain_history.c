// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which entries of the journal are shown for an address, and how.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/addr.h"
#include "user/explain_steps.h"
#include "user/varfile.h"

static char dir[] = "/tmp/sipshield-unit-XXXXXX";
static char file[VARFILE_PATH_LEN];

static void make_dir(void)
{
	cr_assert(mkdtemp(dir));
	cr_assert_eq(varfile_path(dir, "eth0", "transitions.jsonl", file), 0);
}

static void remove_dir(void)
{
	unlink(file);
	rmdir(dir);
}

TestSuite(explain_history, .init = make_dir, .fini = remove_dir);

static void write_journal(const char *const *src, size_t n)
{
	FILE *f = fopen(file, "w");

	for (size_t i = 0; i < n; i++)
		fprintf(f, "{\"id\":%zu,\"src\":\"%s\"}\n", i + 1, src[i]);
	fclose(f);
}

/* The ids that are found for an address, as text. */
static void finds(const char *address, size_t max, const char *want)
{
	char got[64] = "";
	struct addr key;
	json_t *steps;

	cr_assert_eq(addr_parse(address, &key), 0);
	cr_assert_eq(explain_steps(dir, "eth0", &key, max, &steps), 0);
	for (size_t i = 0; i < json_array_size(steps); i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%d ",
			 (int)json_integer_value(json_object_get(json_array_get(steps, i), "id")));
	json_decref(steps);
	cr_assert_str_eq(got, want, "%s: %s", address, got);
}

Test(explain_history, its_own_its_prefix_and_the_shield)
{
	static const char *const src[] = { "198.51.100.7",   "198.51.100.70", "198.51.100.0/24",
					   "203.0.113.0/24", "shield",	      "2001:db8::/48",
					   "2001:db8:0:5::" };

	finds("198.51.100.7", 9, "");
	write_journal(src, 7);
	finds("198.51.100.7", 9, "1 3 5 ");
	finds("198.51.100.71", 9, "3 5 ");
	finds("2001:db8:0:5::", 9, "5 6 7 ");
	finds("192.0.2.1", 9, "5 ");
	finds("198.51.100.7", 2, "3 5 ");
}

/* What is printed for an entry that has this text in the place of some keys. */
static void prints(const char *json, const char *want)
{
	char *text = NULL;
	size_t len;
	json_t *entry = json_loads(json, 0, NULL);
	FILE *out = open_memstream(&text, &len);

	cr_assert(entry, "%s", json);
	explain_step_print(entry, out);
	fclose(out);
	cr_assert_str_eq(text, want, "%s", text);
	free(text);
	json_decref(entry);
}

Test(explain_history, for_people)
{
	prints("{\"id\":7,\"time\":\"2027-01-15T08:00:00Z\",\"src\":\"198.51.100.7\",\"from\":"
	       "\"watch\",\"to\":\"ban-1\",\"ttl\":60,\"rule\":\"users\",\"sentence\":\"10 users asked "
	       "for in vain\",\"bound\":\"\",\"error\":\"\",\"packets\":["
	       "{\"t\":1800000001.5,\"event\":\"answer\",\"method\":\"REGISTER\",\"status\":403,"
	       "\"credentials\":true},"
	       "{\"t\":1800000002,\"event\":\"held\",\"method\":\"INVITE\",\"status\":404},"
	       "{\"t\":1800000002,\"event\":\"drop\",\"method\":\"none\",\"reason\":\"held\"},"
	       "{\"t\":1800000003,\"event\":\"drop\",\"method\":\"INVITE\",\"reason\":\"source-rate\"},"
	       "{\"t\":1800000004,\"event\":\"proven\",\"why\":\"nonce\"}]}",
	       "    #7 2027-01-15T08:00:00Z  watch -> ban-1 for 1m: 10 users asked for in vain (users)\n"
	       "      08:00:01  REGISTER with credentials answered 403\n"
	       "      08:00:02  INVITE answered 404: held\n"
	       "      08:00:02  a packet dropped: held\n"
	       "      08:00:03  INVITE dropped: source-rate\n"
	       "      08:00:04  proved that it can be reached (nonce)\n");
	prints("{\"id\":8,\"src\":\"198.51.100.0/24\",\"from\":\"none\",\"to\":\"narrow\",\"rule\":"
	       "\"neighbours\",\"sentence\":\"4 sources\",\"bound\":\"it is trusted\"}",
	       "    #8   198.51.100.0/24: none -> narrow: 4 sources (neighbours); not banned: it is "
	       "trusted\n");
}

/* Somebody else may have written to the file: nothing in it is believed to be there. */
Test(explain_history, without_any_key)
{
	prints("{}", "    #0    -> :  ()\n");
	prints("{\"packets\":[1,{}],\"t\":\"x\",\"ttl\":-1,\"src\":5}",
	       "    #0    -> :  ()\n      00:00:00   answered 0\n      00:00:00   answered 0\n");
}
