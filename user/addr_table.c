/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/addr_table.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

void addr_table_free(struct addr_table *table)
{
	free(table->entry);
	free(table->slot);
	table->entry = NULL;
	table->slot = NULL;
	table->count = 0;
	table->room = 0;
}

void *addr_table_at(const struct addr_table *table, size_t index)
{
	return table->entry + index * table->entry_size;
}

/* The slot of an address, or the free one where it belongs. */
static __u32 *slot_of(const struct addr_table *table, const struct addr *address)
{
	size_t mask = 2 * table->room - 1;
	__u64 half[2];
	size_t i;

	memcpy(half, address, sizeof(half));
	/* All of an IPv4 address stands in the upper bits, and multiplying brings none of them down. */
	half[0] ^= (half[1] ^ half[1] >> 32) * 0x9e3779b97f4a7c15ULL;
	half[0] = (half[0] ^ half[0] >> 33) * 0xff51afd7ed558ccdULL;
	half[0] = (half[0] ^ half[0] >> 33) * 0xc4ceb9fe1a85ec53ULL;
	for (i = (half[0] ^ half[0] >> 33) & mask; table->slot[i]; i = (i + 1) & mask) {
		if (!memcmp(addr_table_at(table, table->slot[i] - 1), address, sizeof(*address)))
			break;
	}
	return &table->slot[i];
}

static int addr_table_grow(struct addr_table *table)
{
	struct addr_table grown = *table;

	grown.room = table->room ? 2 * table->room : ROOM_FIRST;
	grown.slot = calloc(2 * grown.room, sizeof(*grown.slot));
	grown.entry = grown.slot ? reallocarray(table->entry, grown.room, table->entry_size) : NULL;
	if (!grown.entry) {
		free(grown.slot);
		return -1;
	}
	for (size_t i = 0; i < grown.count; i++)
		*slot_of(&grown, addr_table_at(&grown, i)) = (__u32)i + 1;
	free(table->slot);
	*table = grown;
	return 0;
}

void *addr_table_get(const struct addr_table *table, const struct addr *address)
{
	__u32 *slot = table->room ? slot_of(table, address) : NULL;

	return slot && *slot ? addr_table_at(table, *slot - 1) : NULL;
}

void *addr_table_add(struct addr_table *table, const struct addr *address)
{
	void *entry = addr_table_get(table, address);

	if (entry)
		return entry;
	if (table->count == table->room && addr_table_grow(table))
		return NULL;
	entry = addr_table_at(table, table->count);
	*slot_of(table, address) = (__u32)++table->count;
	memset(entry, 0, table->entry_size);
	memcpy(entry, address, sizeof(*address));
	return entry;
}
