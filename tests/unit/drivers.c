// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of drivers that is shipped, and what is said of a wrong one. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "user/drivers.h"

static char shipped[32768];

static void read_shipped(struct drivers *drivers)
{
	FILE *file = fopen("packaging/drivers.yaml", "r");
	size_t len;

	cr_assert_not_null(file, "tests run from the root of the tree");
	len = fread(shipped, 1, sizeof(shipped), file);
	fclose(file);
	cr_assert_lt(len, sizeof(shipped));
	cr_assert_eq(drivers_parse("drivers.yaml", shipped, len, drivers, stderr), 0);
}

static const struct driver_span *span(const struct drivers *drivers, const char *name,
				      const char *kernel)
{
	const struct driver *driver = drivers_find(drivers, name);

	cr_assert_not_null(driver, "%s", name);
	return driver_span_of(driver, version_parse(kernel));
}

Test(drivers, shipped)
{
	struct drivers drivers;

	read_shipped(&drivers);
	cr_assert_geq(drivers.count, 20);
	cr_assert_eq(span(&drivers, "virtio_net", "6.1.0-50-cloud-amd64")->mtu, 4064);
	cr_assert_not(span(&drivers, "virtio_net", "6.1.0-50-cloud-amd64")->frags);
	cr_assert_eq(span(&drivers, "virtio_net", "6.12.1")->mtu, 3506);
	cr_assert(span(&drivers, "virtio_net", "6.12.1")->frags);
	cr_assert_not(span(&drivers, "gve", "6.1.2")->native);
	cr_assert(span(&drivers, "gve", "6.12.1")->native);
	cr_assert_not(span(&drivers, "vmxnet3", "5.10.1")->native, "older than all");
	cr_assert_eq(drivers_find(&drivers, "ena")->channels, CHANNELS_HALF);
	cr_assert_eq(drivers_find(&drivers, "virtio_net")->gro_hw, MERGE_CHANGEABLE);
	cr_assert_eq(drivers_find(&drivers, "igc")->replace, COST_FLAP);
	cr_assert_null(drivers_find(&drivers, "rtl8139"));
	drivers_free(&drivers);
}

Test(drivers, known_bad)
{
	static const char text[] = "known-bad:\n"
				   "  - {driver: a, from: \"6.1\", before: \"6.6\", what: x}\n"
				   "  - {driver: a, sipshield-before: \"0.2\", what: y}\n";
	const __u32 old = version_parse("6.1.9"), new = version_parse("6.6.0");
	const __u32 v1 = version_parse("0.1.0"), v2 = version_parse("0.2.0");
	const struct known_bad *bad;
	struct drivers drivers;

	cr_assert_eq(drivers_parse("t", text, strlen(text), &drivers, stderr), 0);
	bad = drivers_bad(&drivers, NULL, "a", old, v1);
	cr_assert_str_eq(bad->what, "x");
	bad = drivers_bad(&drivers, bad, "a", old, v1);
	cr_assert_str_eq(bad->what, "y");
	cr_assert_null(drivers_bad(&drivers, bad, "a", old, v1));
	cr_assert_str_eq(drivers_bad(&drivers, NULL, "a", new, v1)->what, "y");
	cr_assert_null(drivers_bad(&drivers, NULL, "a", new, v2));
	cr_assert_null(drivers_bad(&drivers, NULL, "b", old, v1));
	drivers_free(&drivers);
}

/* Reads what is wrong; what was said must be freed. */
static char *said(const char *text)
{
	struct drivers drivers = { .count = 77 };
	char *errors = NULL;
	size_t len;
	FILE *err = open_memstream(&errors, &len);

	cr_assert_eq(drivers_parse("d.yaml", text, strlen(text), &drivers, err), -22);
	cr_assert_eq(drivers.count, 77, "left as it was");
	fclose(err);
	return errors;
}

Test(drivers, errors_with_their_place)
{
	static const struct {
		const char *text, *error;
	} wrong[] = {
		{ "driver: []\n", "d.yaml:1:1: error: unknown key 'driver'" },
		{ "drivers:\n  - name: x\n",
		  "d.yaml:2:5: error: drivers[1]: a driver without kernels" },
		{ "drivers:\n  - name: x\n    kernels: [{from: six, native: yes}]\n",
		  "d.yaml:3:22: error: drivers[1].kernels[1].from: 'six' is no version" },
		{ "drivers:\n  - name: x\n    kernels: [{from: \"6.2\"}, {from: \"6.1\"}]\n",
		  "fix: sort them by `from'" },
		{ "drivers:\n  - {name: x, lro: sometimes, kernels: [{from: \"6.1\"}]}\n",
		  "unknown word 'sometimes'; fix: write any, \"off\" or changeable" },
		{ "drivers:\n  - {name: x, kernels: [{from: \"6.1\", mtu: 12}]}\n",
		  "12 is out of range" },
		{ "drivers:\n  - {name: x, kernels: [{from: \"6.1\", native: maybe}]}\n",
		  "fix: write yes or no" },
		{ "drivers:\n  - &a {name: x, kernels: [{from: \"6.1\"}]}\n  - *a\n", "d.yaml:" },
		{ "known-bad:\n  - {driver: x}\n", "an entry without `what'" },
		{ "drivers: [\n", "d.yaml:" },
		{ "drivers:\n  - {name: x, kernels: [{from: \"6.1\"}], colour: red}\n",
		  "the head of the file lists the keys" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		char *errors = said(wrong[i].text);

		cr_expect(strstr(errors, wrong[i].error), "%s: %s", wrong[i].text, errors);
		free(errors);
	}
}

Test(drivers, versions)
{
	cr_assert_eq(version_parse("6.12.117+deb13-cloud-amd64"), VERSION_OF(6, 12, 117));
	cr_assert_lt(version_parse("6.9.1"), version_parse("6.12"));
	cr_assert_eq(version_parse("next"), 0);
	cr_assert_eq(version_parse("6"), 0);
}
