/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the drivers of interfaces ask of an XDP program: packaging/drivers.yaml, read. Pure.
 */
#ifndef SIPSHIELD_DRIVERS_H
#define SIPSHIELD_DRIVERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "maps/types.h"

#define DRIVER_SPANS_MAX 4
#define DRIVER_NAME_LEN 32

/* A version as a number that can be compared. */
#define VERSION_OF(major, minor, patch) ((__u32)(major) << 20 | (__u32)(minor) << 10 | (patch))

enum driver_channels { CHANNELS_ANY, CHANNELS_HALF };
/* What becomes of an offload that merges packets before the program sees them. */
enum driver_merge { MERGE_ANY, MERGE_OFF, MERGE_CHANGEABLE };
enum driver_cost { COST_UNKNOWN, COST_FREE, COST_PAUSE, COST_FLAP };

/* From a kernel on. */
struct driver_span {
	__u32 from; /* VERSION_OF */
	bool native;
	bool frags;
	__u32 mtu; /* bytes, the greatest with frames of one buffer; 0: not known */
};

struct driver {
	char name[DRIVER_NAME_LEN];
	char where[96];
	struct driver_span span[DRIVER_SPANS_MAX];
	size_t spans; /* at least 1, ascending */
	enum driver_channels channels;
	enum driver_merge lro;
	enum driver_merge gro_hw;
	enum driver_cost attach;
	enum driver_cost replace;
	char note[192];
	char fix[128];
};

struct known_bad {
	char driver[DRIVER_NAME_LEN];
	__u32 from;		/* kernels, VERSION_OF */
	__u32 before;		/* ~0: all that are newer */
	__u32 sipshield_before; /* ~0: every version */
	char what[192];
	char fix[128]; /* "" for none; DEV stands for the interface */
};

struct drivers {
	struct driver *item;
	size_t count;
	struct known_bad *bad;
	size_t bads;
};

/*
 * Reads a table; file names it in messages. All errors (at most 20) go to err as "FILE:LINE:COL:
 * error: what; fix: how". -EINVAL, -ENOMEM: *out is untouched. Free it with drivers_free.
 */
int drivers_parse(const char *file, const char *text, size_t len, struct drivers *out, FILE *err);
void drivers_free(struct drivers *drivers);

/* NULL: the table does not know it. */
const struct driver *drivers_find(const struct drivers *drivers, const char *name);
/* What holds for a kernel. */
const struct driver_span *driver_span_of(const struct driver *driver, __u32 kernel);
/* The next entry that is known not to work together, after `last` (NULL: the first), or NULL. */
const struct known_bad *drivers_bad(const struct drivers *drivers, const struct known_bad *last,
				    const char *driver, __u32 kernel, __u32 sipshield);

/* "6.1.0-50-cloud-amd64" as VERSION_OF(6, 1, 0); 0: no version. */
__u32 version_parse(const char *text);

#endif
