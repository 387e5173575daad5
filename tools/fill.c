// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fill DEV: fills the tables of a protected interface to the brim, with sources from 100.64.0.0/10
 * that nobody has: bans, suspects and sources in good standing. For the lab, to see what a full shield
 * costs those who look at it.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/cmd.h"
#include "user/store.h"

#define HOUR_NS (3600ULL * 1000000000ULL)

static struct addr source(__u32 n)
{
	struct addr addr = { .byte = { [10] = 0xff, [11] = 0xff } };

	addr.word[3] = htonl(0x64400000U + n);
	return addr;
}

/* Entries with the same value. Returns 0 or a negative errno. */
static int fill(const char *dev, const char *map, const void *value, __u32 count)
{
	char path[128];
	int fd, err = 0;

	snprintf(path, sizeof(path), STORE_ROOT "/%s/%s", dev, map);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	for (__u32 i = 0; i < count && !err; i++) {
		struct addr key = source(i);

		err = bpf_map_update_elem(fd, &key, value, BPF_ANY);
		/* what was there before has its place */
		if (err == -E2BIG)
			return 0;
	}
	return err;
}

int main(int argc, char **argv)
{
	__u64 now_ns = cmd_now();
	const struct ban ban = { .since_ns = now_ns,
				 .expires_ns = now_ns + HOUR_NS,
				 .note = "filled" };
	const struct suspect suspect = {
		.first_ns = now_ns, .last_ns = now_ns, .exceeded = 1, .reason = REASON_SOURCE_RATE
	};
	const struct standing standing = { .since_ns = now_ns,
					   .expires_ns = now_ns + HOUR_NS,
					   .proven_ns = now_ns,
					   .proofs = 1,
					   .why = WHY_NONCE };
	int err;

	if (argc != 2 || !store_is_dev(argv[1])) {
		fputs("usage: fill DEV\n", stderr);
		return 2;
	}
	err = fill(argv[1], "bans", &ban, BANS_MAX);
	if (!err)
		err = fill(argv[1], "suspects", &suspect, SUSPECTS_MAX);
	if (!err)
		err = fill(argv[1], "standing", &standing, STANDING_ENTRIES);
	if (err)
		fprintf(stderr, "fill: %s: %s\n", argv[1], strerror(-err));
	return err != 0;
}
