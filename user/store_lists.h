/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of deny lists that end: bans that the kernel ends at their time.
 */
#ifndef SIPSHIELD_STORE_LISTS_H
#define SIPSHIELD_STORE_LISTS_H

#include "user/store.h"

/* What became of them. */
struct list_bans {
	size_t banned;	/* by a list, from now on or as before */
	size_t longer;	/* banned for longer than the list says; left as they are */
	size_t lifted;	/* their ban was lifted by hand a while ago; left out */
	size_t refused; /* allowed, a carrier's or this host's own; left out */
	size_t no_room; /* the table is full; left out */
	size_t ended;	/* no list names them any more */
};

struct list_time {
	__u64 now_ns;
	__s64 wall;	/* the time in seconds since 1970 that belongs to it */
	__u64 until_ns; /* on trial until then: what is banned ends at that time, and nothing ends
			 * before its own; 0: for good */
};

/* Makes the bans of a document's lists those that are in force. Returns 0 or a negative errno. */
int store_list_bans(struct store *store, const struct policy_doc *doc, const struct list_time *time,
		    struct list_bans *out);

/* A trial until ends_ns is over before: so are its bans. Returns 0 or a negative errno. */
int store_end_list_bans(struct store *store, __u64 now_ns, __u64 ends_ns);

#endif
