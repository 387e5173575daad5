// SPDX-License-Identifier: GPL-2.0-or-later
#include <criterion/criterion.h>
#include <time.h>

#include "user/addr_table.h"

#define MANY (1U << 18)

static struct addr neighbour(unsigned int i)
{
	return (struct addr){ .byte = { [10] = 0xff,
					[11] = 0xff,
					[12] = 10,
					[13] = (__u8)(i >> 16),
					[14] = (__u8)(i >> 8),
					[15] = (__u8)i } };
}

/* The sources of one provider differ in their last bytes alone: each is found in a few steps. */
Test(addr_table, neighbours)
{
	struct addr_table table = { .entry_size = sizeof(struct addr) };
	clock_t begin = clock();

	for (unsigned int i = 0; i < MANY; i++) {
		struct addr address = neighbour(i);

		cr_assert(addr_table_add(&table, &address));
	}
	cr_expect_eq(table.count, MANY);
	for (unsigned int i = 0; i < MANY; i++) {
		struct addr address = neighbour(i);

		cr_assert_eq(addr_table_get(&table, &address), addr_table_at(&table, i));
	}
	cr_expect_lt(clock() - begin, 4 * CLOCKS_PER_SEC);
	addr_table_free(&table);
}
