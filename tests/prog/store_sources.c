// SPDX-License-Identifier: GPL-2.0-or-later
/* Bans, standing and suspects in the maps. */
#include <errno.h>
#include <stdio.h>
#include <stdint.h>
#include <string.h>

#include "bpf/earned.h"
#include "tests/prog/harness.h"
#include "user/addr.h"
#include "user/state.h"

TestSuite(store_sources, .init = prog_start);

static struct addr address_of(const char *text)
{
	struct addr address;

	cr_assert_eq(addr_parse(text, &address), 0, "%s", text);
	return address;
}

static int ban(const char *text, __u64 ttl_seconds, const char *note)
{
	struct addr address = address_of(text);

	return store_ban(prog_store(), &address, prog_now(), ttl_seconds, 0, note);
}

Test(store_sources, whom_nobody_bans)
{
	static const char *const never[] = { "224.0.0.5", "239.1.2.3", "255.255.255.255",
					     "0.0.0.0",	  "::",	       "ff02::1",
					     "10.1.2.3",  "192.0.2.1", "192.0.2.77" };
	struct ban entry;

	prog_policy_never_ban("allow: [10.0.0.0/8]\n"
			      "carriers: [{name: trunk, prefixes: [192.0.2.1]}]\n",
			      "192.0.2.77/32");
	for (size_t i = 0; i < COUNT_OF(never); i++) {
		struct addr address = address_of(never[i]);

		cr_expect_eq(ban(never[i], 60, ""), -EPERM, "%s", never[i]);
		cr_expect_eq(store_ban_get(prog_store(), &address, &entry), -ENOENT, "%s",
			     never[i]);
	}
}

Test(store_sources, a_ban_is_replaced)
{
	struct addr address = address_of("203.0.113.20");
	struct ban entry;

	cr_assert_eq(ban("203.0.113.20", 60, "first"), 0);
	prog_wait(30 * SECOND);
	cr_assert_eq(
		ban("203.0.113.20", 60,
		    "a note that is longer than the field that takes it, and is therefore cut"),
		0);
	cr_assert_eq(store_ban_get(prog_store(), &address, &entry), 0);
	cr_expect_eq(entry.expires_ns, prog_now() + 60 * SECOND);
	cr_expect_eq(strlen(entry.note), BAN_NOTE_LEN - 1);
	cr_assert_eq(store_unban(prog_store(), &address, prog_now(), 0), 0);
	cr_expect_eq(store_unban(prog_store(), &address, prog_now(), 0), -ENOENT);
	cr_expect_eq(store_ban_get(prog_store(), &address, &entry), -ENOENT);
}

/* Any address of the network finds, and ends, the ban of the network. */
Test(store_sources, ipv6_key)
{
	struct addr other = address_of("2001:db8:5:6:ffff::1");
	struct ban entry;

	cr_assert_eq(ban("2001:db8:5:6::1", 60, "net"), 0);
	cr_expect_eq(store_ban_get(prog_store(), &other, &entry), 0);
	cr_expect_eq(store_unban(prog_store(), &other, prog_now(), 0), 0);
}

static int count(const struct addr *key, const struct ban *entry, void *arg)
{
	(void)key;
	(void)entry;
	++*(unsigned int *)arg;
	return 0;
}

Test(store_sources, what_is_over_goes)
{
	unsigned int bans = 0;

	cr_assert_eq(ban("203.0.113.20", 60, ""), 0);
	cr_assert_eq(ban("203.0.113.21", 61, ""), 0);
	cr_assert_eq(ban("203.0.113.22", 0, ""), 0);
	cr_expect_eq(store_expire_bans(prog_store(), prog_now() + 60 * SECOND - 1), 0);
	cr_expect_eq(store_expire_bans(prog_store(), prog_now() + 60 * SECOND), 1);
	cr_assert_eq(store_each_ban(prog_store(), count, &bans), 0);
	cr_expect_eq(bans, 2U);
	cr_expect_eq(store_expire_bans(prog_store(), prog_now() + 1000 * HOUR), 1);
}

/* The entry of a ban that was lifted stays for as long as its grace; it is no ban. */
Test(store_sources, a_grace_outlives_its_ban)
{
	struct addr address = address_of("203.0.113.20");
	struct ban entry;

	cr_assert_eq(ban("203.0.113.20", 3600, ""), 0);
	cr_assert_eq(store_tighten(prog_store(), &address, prog_now() + 2 * HOUR), 0);
	prog_wait(SECOND);
	cr_assert_eq(store_unban(prog_store(), &address, prog_now(), 60), 0);
	cr_expect_eq(store_unban(prog_store(), &address, prog_now(), 60), -ENOENT);
	cr_assert_eq(store_ban_get(prog_store(), &address, &entry), 0);
	cr_expect_eq(entry.expires_ns, prog_now());
	cr_expect_eq(entry.tight_until_ns, 0);
	cr_expect_eq(entry.grace_until_ns, prog_now() + 60 * SECOND);
	cr_expect_eq(store_expire_bans(prog_store(), prog_now() + 60 * SECOND - 1), 0);
	cr_expect_eq(store_expire_bans(prog_store(), prog_now() + 60 * SECOND), 1);
}

Test(store_sources, a_tight_limit_leaves_a_ban_alone)
{
	struct addr address = address_of("203.0.113.20");
	struct ban entry;

	cr_assert_eq(store_tighten(prog_store(), &address, 0), 0, "there is nothing to end");
	cr_assert_eq(store_ban_get(prog_store(), &address, &entry), -ENOENT);
	cr_assert_eq(store_tighten(prog_store(), &address, prog_now() + HOUR), 0);
	cr_assert_eq(store_ban_get(prog_store(), &address, &entry), 0);
	cr_expect_eq(entry.expires_ns, 0);
	cr_expect_eq(entry.tight_until_ns, prog_now() + HOUR);
	cr_expect_eq(store_unban(prog_store(), &address, prog_now(), 60), -ENOENT);
	cr_assert_eq(ban("203.0.113.20", 60, ""), 0);
	cr_assert_eq(store_tighten(prog_store(), &address, prog_now() + HOUR), 0);
	cr_assert_eq(store_ban_get(prog_store(), &address, &entry), 0);
	cr_expect_eq(entry.expires_ns, prog_now() + 60 * SECOND);
	cr_expect_eq(store_expire_bans(prog_store(), prog_now() + HOUR - 1), 0);
	cr_expect_eq(store_expire_bans(prog_store(), prog_now() + HOUR), 1);
}

struct met {
	unsigned int sources;
	unsigned int twice;
	__u8 seen[30000];
};

static int meet(const struct addr *key, const struct standing *standing, void *arg)
{
	struct met *met = arg;
	__u32 n = be32toh(key->word[3]) - 0x0a000000;

	(void)standing;
	met->sources++;
	met->twice += met->seen[n]++;
	return 0;
}

/* In pieces, and every entry once; what is over is not met, and is gone afterwards. */
Test(store_sources, a_walk_in_pieces)
{
	static struct met met;
	struct standing standing = { .expires_ns = prog_now() + HOUR, .proven_ns = 1 };
	struct addr address = address_of("10.0.0.0");
	struct store_pass pass = { 0 };
	unsigned int pieces = 1;

	for (__u32 i = 0; i < 30000; i++) {
		address.word[3] = htobe32(0x0a000000 + i);
		standing.expires_ns = prog_now() + (i % 3 ? HOUR : SECOND);
		cr_assert_eq(store_standing_recall(prog_store(), &address, &standing), 0);
	}
	while (store_pass_standing(prog_store(), &pass, 5000, prog_now() + SECOND, meet, &met) > 0)
		pieces++;
	cr_expect_eq(met.sources, 20000U);
	cr_expect_eq(met.twice, 0U);
	cr_expect_geq(pieces, 3U);
	cr_expect_leq(pieces, 8U);
	address.word[3] = htobe32(0x0a000000);
	cr_expect_eq(store_standing_get(prog_store(), &address, &standing), -ENOENT);
	cr_assert_eq(store_pass_standing(prog_store(), &pass, SIZE_MAX, prog_now() + SECOND, meet,
					 &met),
		     0);
	cr_expect_eq(met.sources, 40000U, "the next walk begins at the beginning");
}

Test(store_sources, a_full_table)
{
	struct addr address = address_of("10.0.0.0");
	unsigned int bans = 0;
	int err = 0;

	for (__u32 i = 0; i < 70000 && !err; i++) {
		address.word[3] = htobe32(0x0a000000 + i);
		err = store_ban(prog_store(), &address, prog_now(), 60, 0, "");
	}
	cr_expect_eq(err, -ENOSPC);
	cr_assert_eq(store_each_ban(prog_store(), count, &bans), 0);
	cr_expect_eq(bans, 65536U);
	cr_expect_eq(store_expire_bans(prog_store(), prog_now() + 60 * SECOND), 65536);
	cr_expect_eq(ban("203.0.113.20", 60, ""), 0);
}

/* One line for each source, whatever is known of it. */
Test(store_sources, are_joined)
{
	struct source_list list = { 0 };

	cr_assert_eq(ban("203.0.113.20", 60, "by hand"), 0);
	prog_set_standing("203.0.113.20", STANDING_TRUSTED, prog_now() + 60 * SECOND);
	prog_set_standing("203.0.113.21", STANDING_PROVEN, prog_now() + 60 * SECOND);
	cr_assert_eq(ban("203.0.113.19", 1, "over"), 0);
	cr_assert_eq(source_list_read(prog_store(), prog_now() + 2 * SECOND, &list), 0);
	for (size_t i = 0; i < list.count; i++) {
		const struct source *source = &list.item[i];

		if (i)
			cr_expect_lt(memcmp(&list.item[i - 1].key, &source->key,
					    sizeof(source->key)),
				     0);
		switch (be32toh(source->key.word[3])) {
		case 0xcb007113: /* .19 */
			cr_expect_fail("the ban is over");
			break;
		case 0xcb007114: /* .20 */
			cr_expect(source->has_ban && source->has_standing && !source->has_rule);
			cr_expect_eq(source_standing(source), STANDING_TRUSTED);
			break;
		case 0xcb007115: /* .21 */
			cr_expect(!source->has_ban && source->has_standing);
			break;
		}
	}
	cr_expect_geq(list.count, 2U);
	source_list_free(&list);
}

Test(store_sources, one_of_them)
{
	struct addr address = address_of("203.0.113.30");
	struct source source;

	prog_policy("carriers: [{name: trunk, prefixes: [203.0.113.30]}]\n");
	cr_assert_eq(source_read(prog_store(), &address, prog_now(), &source), 0);
	cr_expect(source.has_rule && !source.has_ban && !source.has_standing);
	cr_expect_eq(source_standing(&source), STANDING_CARRIER);
	address = address_of("203.0.113.31");
	cr_assert_eq(source_read(prog_store(), &address, prog_now(), &source), 0);
	cr_expect_not(source.has_rule);
	cr_expect_eq(source_standing(&source), STANDING_UNKNOWN);
}

/* Once back, it counts as earned; what these maps have learned by themselves stays. */
Test(store_sources, are_recalled)
{
	const struct standing proven = {
		.since_ns = 1,
		.proven_ns = 1,
		.why = WHY_RESTORED,
		.expires_ns = prog_now() + 60 * SECOND,
	};
	struct standing trusted = proven, got;
	struct addr v4 = address_of("203.0.113.77"), v6 = address_of("2001:db8:77::5");
	struct addr register4 = address_of("203.0.113.78");

	trusted.trusted_until_ns = prog_now() + 60 * SECOND;
	cr_assert_eq(prog_in(FRAME(.src = "203.0.113.77", .payload = MESSAGE())).standing,
		     STANDING_UNKNOWN);
	cr_assert_eq(store_standing_recall(prog_store(), &v4, &trusted), 0);
	cr_expect_eq(prog_in(FRAME(.src = "203.0.113.77", .payload = MESSAGE())).standing,
		     STANDING_PROVEN, "no flow of it is known again");
	cr_assert_eq(store_standing_recall(prog_store(), &v6, &proven), 0);
	cr_expect_eq(prog_in(FRAME(.src = "2001:db8:77::9", .payload = MESSAGE())).standing,
		     STANDING_PROVEN, "by the network, as the policy has it now");
	prog_register("203.0.113.78");
	cr_expect_eq(store_standing_recall(prog_store(), &register4, &proven), -EEXIST);
	cr_assert_eq(prog_standing("203.0.113.78", &got), 0);
	cr_expect_eq(standing_state_of(&got, prog_now()), STANDING_TRUSTED);
}

/* What a stranger's request costs is read as the packet path reads it. */
Test(store_sources, strangers_that_pay_more)
{
	struct addr asker = address_of("203.0.113.41"), neighbour = address_of("203.0.113.42");
	struct addr other = address_of("203.0.114.41");
	unsigned int price = 0;
	bool narrow = true;

	cr_assert_eq(store_price(prog_store(), &asker, prog_now(), &price), 0);
	cr_expect_eq(price, 1);
	for (int i = 0; i < 40; i++) {
		char branch[32];

		snprintf(branch, sizeof(branch), "z9hG4bKvain%d", i);
		prog_in(FRAME(.src = "203.0.113.41", .payload = MESSAGE(.branch = branch)));
		prog_out(FRAME(.dst = "203.0.113.41",
			       .payload = MESSAGE(.branch = branch, .status = 404)));
		prog_wait(60 * SECOND);
	}
	cr_assert_eq(store_price(prog_store(), &asker, prog_now(), &price), 0);
	cr_expect_gt(price, 1);
	cr_assert_eq(store_price(prog_store(), &neighbour, prog_now(), &price), 0);
	cr_expect_eq(price, 1);

	cr_assert_eq(store_narrow(prog_store(), &neighbour, &narrow), 0);
	cr_expect_not(narrow);
	prog_narrow("203.0.113.41");
	cr_assert_eq(store_narrow(prog_store(), &neighbour, &narrow), 0);
	cr_expect(narrow);
	cr_assert_eq(store_narrow(prog_store(), &other, &narrow), 0);
	cr_expect_not(narrow);
}
