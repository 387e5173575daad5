/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one reading of every figure of an interface. Pure: scrape_read() fills it; status, top, the
 * metrics and the web process show it, so that they cannot disagree.
 */
#ifndef SIPSHIELD_SNAPSHOT_H
#define SIPSHIELD_SNAPSHOT_H

#include <jansson.h>
#include <stdbool.h>

#include "user/nic.h"
#include "user/store.h"

/* What has room for a fixed number of entries. */
enum snapshot_table {
	TABLE_BANS,
	TABLE_STANDING, /* the least used entry makes room for a new one, as in the next */
	TABLE_SUSPECTS,
	TABLE_LISTENERS, /* with an address, of the policy in force */
	TABLE_PREFIXES,	 /* of the policy in force as it was applied, without single addresses */
	TABLE_CARRIERS,
	TABLE_MAX,
};

/* Times are in the clock of the maps, counters count since these were made. */
struct snapshot {
	const char *version;   /* of the product */
	const char *interface; /* its name */
	__u32 abi;	       /* of the pinned maps */
	bool attached;	       /* the program on the interface is ours */
	bool native;	       /* it is called by the driver; meaningful if attached */
	__u64 now_ns;
	__u64 wall_ns;	       /* the same moment of the calendar, since 1970 */
	__u64 started_ns;      /* when the maps were made */
	__u64 confirm_by_ns;   /* the policy in force ends then, unless confirmed; 0: it does not */
	__u64 bypass_until_ns; /* everything passes until then; 0: no bypass */
	__u64 agent_ns;	       /* the agent's last round; 0: there was none */
	__u32 taken_back; /* generation that was not confirmed in time or taken back; 0: none */
	__u32 reloads;	  /* of the policy by the agent, and those of them that failed */
	__u32 reload_errors;
	__u64 reload_ns;	  /* the last one, the agent's start too; 0: none */
	__u64 reloaded_ns;	  /* the last one that did not fail */
	bool blind;		  /* packets get past the program */
	bool frozen;		  /* the agent makes no new bans for now */
	bool agent;		  /* it has made a round a moment ago */
	bool counted;		  /* the sources, by this reader and not by the agent */
	__u64 entries[TABLE_MAX]; /* also those past their time */
	struct policy policy;	  /* the one in force */
	struct totals totals;
	struct health health;	 /* of the server */
	struct counter seen;	 /* all that came in */
	struct nic_counters nic; /* what the interface says of it; 0 if it is gone */
	struct cost cost;	 /* of the packets that were timed */
	struct lane_cell lane[LANE_MAX];
	struct census census;
};

/* How many there are of each kind, added up from a snapshot's totals. */
struct snapshot_sums {
	struct counter reason[REASON_MAX];
	struct counter in[2];		 /* packets on their way in; index: dropped? */
	struct counter out;		 /* that left the host */
	__u64 method[SIP_METHOD_MAX][2]; /* packets in by method and dropped? */
	__u64 standing[STANDING_MAX][2];
	__u64 shadowed; /* packets that passed and that a rule in shadow would have dropped */
};
void snapshot_add_up(const struct totals *totals, struct snapshot_sums *out);

/*
 * What is judged bad is dropped: the program is attached and sees the packets, the policy has
 * `mode: enforce` and is not bypassed.
 */
bool snapshot_enforcing(const struct snapshot *snapshot);
/* The policy as it was read last is the one that is applied. */
bool snapshot_reload_ok(const struct snapshot *snapshot);
/* Seconds since the counters began. */
__u64 snapshot_uptime(const struct snapshot *snapshot);
__u64 snapshot_standing(const struct snapshot *snapshot); /* sources in good standing */

const char *snapshot_table_name(enum snapshot_table table);
__u64 snapshot_table_capacity(enum snapshot_table table); /* in entries */

/* Of the requests that wait for the server: how many, answered ones, mean wait in seconds. */
__u64 snapshot_asked(const struct health *health);
__u64 snapshot_answered(const struct health *health);
double snapshot_mean_wait(const struct health *health);

/* Events a second that a lane lets through, in force and by the policy; 0: no limit. */
double snapshot_lane_rate(const struct snapshot *snapshot, enum lane lane);
double snapshot_lane_full(const struct snapshot *snapshot, enum lane lane);
/* How much of its burst a lane has used up: 0 to 1. */
double snapshot_lane_fill(const struct snapshot *snapshot, enum lane lane);

/* The whole document, schema_version first. NULL: no memory. */
json_t *snapshot_json(const struct snapshot *snapshot);

#endif
