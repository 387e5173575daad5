// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses and prefixes as text. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "user/addr.h"

static const struct {
	const char *text;
	int err;
	__u8 length;
	const char *back; /* as it is printed; after -EADDRNOTAVAIL what was meant */
} prefixes[] = {
	{ "192.0.2.7", 0, 128, "192.0.2.7" },
	{ "192.0.2.7/32", 0, 128, "192.0.2.7" },
	{ "192.0.2.0/24", 0, 120, "192.0.2.0/24" },
	{ "0.0.0.0/0", 0, 96, "0.0.0.0/0" },
	{ "10.0.0.0/8", 0, 104, "10.0.0.0/8" },
	{ "10.0.0.1/8", -EADDRNOTAVAIL, 104, "10.0.0.0/8" },
	{ "192.0.2.255/31", -EADDRNOTAVAIL, 127, "192.0.2.254/31" },
	{ "2001:db8::", 0, 128, "2001:db8::" },
	{ "2001:db8::/32", 0, 32, "2001:db8::/32" },
	{ "2001:db8::1/64", -EADDRNOTAVAIL, 64, "2001:db8::/64" },
	{ "2001:DB8:0:0::/61", 0, 61, "2001:db8::/61" },
	{ "::/0", 0, 0, "::/0" },
	{ "::ffff:192.0.2.7", 0, 128, "192.0.2.7" },
	{ "::ffff:192.0.2.0/120", 0, 120, "192.0.2.0/24" },
	{ "192.0.2.0/33", -ERANGE, 0, NULL },
	{ "2001:db8::/129", -ERANGE, 0, NULL },
	{ "192.0.2.0/99999999999999999999", -ERANGE, 0, NULL },
	{ "192.0.2.0/", -EINVAL, 0, NULL },
	{ "192.0.2.0/+8", -EINVAL, 0, NULL },
	{ "192.0.2.0/8 ", -EINVAL, 0, NULL },
	{ "192.0.2/24", -EINVAL, 0, NULL },
	{ "192.0.2.0.0", -EINVAL, 0, NULL },
	{ "host.example", -EINVAL, 0, NULL },
	{ "2001:db8::1%eth0", -EINVAL, 0, NULL },
	{ "", -EINVAL, 0, NULL },
	{ "/8", -EINVAL, 0, NULL },
};

Test(addr_text, prefixes)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		struct addr address;
		__u8 length;
		char text[PREFIX_TEXT_LEN];
		int err = prefix_parse(prefixes[i].text, &address, &length);

		cr_expect_eq(err, prefixes[i].err, "%s: %d", prefixes[i].text, err);
		if (err != prefixes[i].err || !prefixes[i].back)
			continue;
		cr_expect_eq(length, prefixes[i].length, "%s", prefixes[i].text);
		cr_expect_str_eq(prefix_format(&address, length, text), prefixes[i].back);
	}
}

Test(addr_text, longest)
{
	const char *longest = "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255";
	char text[ADDR_TEXT_LEN], prefix[PREFIX_TEXT_LEN];
	struct addr address;

	cr_assert_eq(addr_parse(longest, &address), 0);
	cr_expect_str_eq(addr_format(&address, text), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	cr_expect_str_eq(prefix_format(&address, 127, prefix),
			 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/127");
}

Test(addr_text, what_a_prefix_holds)
{
	struct addr prefix, inside, outside;
	__u8 length;

	cr_assert_eq(prefix_parse("10.128.0.0/9", &prefix, &length), 0);
	cr_assert_eq(addr_parse("10.200.3.4", &inside), 0);
	cr_assert_eq(addr_parse("10.127.255.255", &outside), 0);
	cr_expect(prefix_holds(&prefix, length, &inside));
	cr_expect_not(prefix_holds(&prefix, length, &outside));
	cr_expect(prefix_holds(&prefix, 0, &outside));
	cr_expect_not(prefix_holds(&prefix, 128, &inside));
}
