/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of entries by address, kept in the order in which they were added. Pure.
 */
#ifndef SIPSHIELD_ADDR_TABLE_H
#define SIPSHIELD_ADDR_TABLE_H

#include <stddef.h>

#include "maps/types.h"

/* Each entry is a struct whose first member is its struct addr. All zero but entry_size: empty. */
struct addr_table {
	size_t entry_size; /* bytes */
	size_t count;
	size_t room;
	__u8 *entry;
	__u32 *slot; /* index of an entry plus 1; 0: free. Twice as many as there is room. */
};

void addr_table_free(struct addr_table *table);

/* The entry at an index below count, or of an address (NULL: none). */
void *addr_table_at(const struct addr_table *table, size_t index);
void *addr_table_get(const struct addr_table *table, const struct addr *address);

/*
 * The entry of an address, a new one all zero but for the address. NULL: no memory. Entries may
 * move when one is added.
 */
void *addr_table_add(struct addr_table *table, const struct addr *address);

#endif
