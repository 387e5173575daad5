// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/store_listener.h"

#include <string.h>

#include "user/store_maps.h"

int store_each_listener(const struct store *store, int (*fn)(const struct listener_key *, void *),
			void *arg)
{
	cleanup_entries struct entries all = { 0 };
	__u32 slot;
	int err = store_slot(store, NULL, &slot);

	if (!err)
		err = entries_read(store->fd[MAP_LISTENERS], sizeof(struct listener_key),
				   sizeof(__u8), &all);
	for (size_t i = 0; i < all.count && !err; i++) {
		struct listener_key key;

		memcpy(&key, all.key + i * sizeof(key), sizeof(key));
		if (key.slot == slot)
			err = fn(&key, arg);
	}
	return err;
}
