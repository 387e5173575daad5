/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pinned maps of one interface, or the unpinned ones of a replay. The only file that knows map
 * descriptors. All functions return 0 or a negative errno unless they say otherwise.
 */
#ifndef SIPSHIELD_STORE_H
#define SIPSHIELD_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"
#include "user/plan.h"

#define STORE_ROOT "/sys/fs/bpf/sipshield"

struct store;
struct bpf_object;

/* Could be an interface: so that no other word ever becomes part of a path. */
bool store_is_dev(const char *name);

/*
 * Opens the maps pinned for an interface; dev NULL: the only one that is pinned.
 * -ENOENT: nothing is pinned (or several and dev is NULL: -EEXIST); -EPROTO: another ABI.
 * name (may be NULL, IF_NAMESIZE bytes) receives the interface.
 */
int store_open(const char *dev, bool write, struct store **out, char *name);
/* Takes the maps of an object that is loaded; the object must outlive the store. */
int store_of_object(const struct bpf_object *object, struct store **out);
void store_close(struct store *store);

/*
 * Opens the maps that were just pinned for an interface and makes them ready if they are new.
 * -EPROTO as above.
 */
int store_create(const char *dev, struct store **out);
/*
 * The maps that a policy makes take their types from a loaded object, which must outlive the store.
 * Otherwise they are asked of the kernel, which tells only who has CAP_SYS_ADMIN; and before Linux 6.2
 * a map without types does not fit into a slot.
 */
void store_use_types(struct store *store, const struct bpf_object *object);
/*
 * Sets the ABI, the start time and the hash keys if the maps are new. The keys are random, but
 * always the same for the maps of a replay, so that it can be repeated.
 */
int store_init(struct store *store);
int store_control(const struct store *store, struct control *out);
int store_set_replay_clock(struct store *store, __u64 now_ns);
/* For whoever reads the maps: the agent makes no new bans until then. */
int store_set_frozen(struct store *store, __u64 until_ns);
/* The same: packets were seen to get past the program, and that holds until then. 0: no more. */
int store_set_blind(struct store *store, __u64 until_ns);
/* Lets everything pass until then; it ends by itself. 0: at once. */
int store_set_bypass(struct store *store, __u64 until_ns);
/* Somebody looks at packets until then (0: nobody does any more); user/tracer.h */
int store_set_trace(struct store *store, __u64 until_ns);
/* The agent's round: it lives. Clears a bypass that is over. */
int store_beat(struct store *store, __u64 now_ns);

/*
 * Applies a plan: fills the standby slot, switches, waits until no packet is left that took the
 * other one. generation (may be NULL) receives the new generation; none has a number that another
 * had. On an error the old policy stays. One that waits to be confirmed is taken back first.
 */
int store_apply(struct store *store, const struct plan *plan, __u32 *generation);
/*
 * The same on trial: confirm_ns after it has come in force, unless store_confirm is called, the
 * kernel takes the policy before it by itself, whoever lives. 0: it holds. -ENOENT: there is none to
 * go back to.
 */
int store_try(struct store *store, const struct plan *plan, __u64 confirm_ns, __u32 *generation);
/*
 * What is on trial holds from now on. -ENOENT: nothing is; -ETIME: its deadline has passed, and the
 * one before it is in force. generation (may be NULL) receives that of the policy in force.
 */
int store_confirm(struct store *store, __u32 *generation);
/*
 * Goes back to the policy that was in force before: once, and never to one that was not confirmed.
 * It comes with what `allow add` had added to it then. -ENOENT: there is none.
 */
int store_rollback(struct store *store, __u32 *generation);
/*
 * For the agent's round: writes down what the kernel has done by itself. 1: the deadline of a policy
 * has passed, and *generation was its number; 0: none has.
 */
int store_settle(struct store *store, __u32 *generation);

/* How the policy in force stands. */
struct policy_trial {
	bool waits;	     /* to be confirmed */
	bool ran_out;	     /* was not confirmed in time, and nobody has written that down yet */
	__u64 confirm_by_ns; /* of both */
	__u32 generation;    /* of the one that waits or ran out */
	__u32 taken_back;    /* the last one that ran out or was rolled back; 0: since none was,
				    * another was applied or confirmed */
	__u32 back_to;	     /* the one before, to go back to; 0: there is none */
};
int store_trial(const struct store *store, struct policy_trial *out);

/* The agent's reading of its policy file. */
enum reload { RELOAD_STARTED, RELOAD_DONE, RELOAD_FAILED };
int store_note_reload(struct store *store, enum reload what, __u64 now_ns);

int store_policy(const struct store *store, struct policy *out); /* the one in force */
/*
 * All of the policy in force, and of no other that is applied meanwhile (-EAGAIN: others are all the
 * time). What was allowed by hand is in it. *out must be freed.
 */
int store_plan(const struct store *store, struct plan *out);

/* The signatures of the policy in force. */
int store_signatures(const struct store *store, struct signature_set out[SIGNATURE_BANKS]);
/* Their names alone, and what a verdict or an event says of them. */
struct signature_names {
	char name[SIGNATURE_BANKS][SIGNATURES_MAX][SIGNATURE_NAME_LEN];
};
int store_signature_names(const struct store *store, struct signature_names *out);
/* The name that belongs to a reason and to the index + 1; NULL if there is none. */
const char *signature_name(const struct signature_names *names, unsigned int reason,
			   unsigned int number);
/*
 * What each of them hit, since the policy that brought its name, summed over all CPUs. out is
 * undefined after an error.
 */
int store_signature_hits(const struct store *store,
			 struct signature_hit out[SIGNATURE_BANKS][SIGNATURES_MAX]);

/* Cuts an address to the key of a source under the policy in force (IPv6: its prefix). */
int store_key(const struct store *store, const struct addr *address, struct addr *key);

/*
 * Bans a source until now + ttl_seconds (0: until it is deleted). An existing ban is replaced, a
 * grace ends. note is cut to BAN_NOTE_LEN - 1 bytes. -EPERM: the address is in the never-ban set,
 * allowed or a carrier, or no unicast address. -ENOSPC: the map is full.
 */
int store_ban(struct store *store, const struct addr *address, __u64 now_ns, __u64 ttl_seconds,
	      __u32 level, const char *note);
/*
 * Ends a ban, and whatever the agent put on the source; until now + grace_seconds the agent makes
 * no new one. -ENOENT: it is not banned.
 */
int store_unban(struct store *store, const struct addr *address, __u64 now_ns, __u64 grace_seconds);
/*
 * Gives a source that is not banned the limits of strangers until a time (0: not any more). It
 * ends by itself. -ENOSPC: the map is full.
 */
int store_tighten(struct store *store, const struct addr *key, __u64 until_ns);
/* The entry may be past its time: the caller compares expires_ns. -ENOENT */
int store_ban_get(const struct store *store, const struct addr *address, struct ban *out);
/* Deletes the entries of which nothing holds any more; returns how many, or a negative errno. */
int store_expire_bans(struct store *store, __u64 now_ns);

/* The policy's rule for one address; -ENOENT if there is none. */
int store_prefix(const struct store *store, const struct addr *address, struct prefix_rule *out);
/*
 * Adds or deletes one allowed address or prefix in the slot in force, until the next policy is
 * applied; while that policy waits to be confirmed, in the one before it, too. length counts from the mapped address. What the policy says of the very same prefix
 * comes back when it is deleted. -ENOENT: there is no such entry; -EPERM: the policy itself
 * allows it (so that nothing was to be added, or can be deleted here).
 */
int store_allow(struct store *store, const struct addr *address, __u8 length);
int store_unallow(struct store *store, const struct addr *address, __u8 length);
/* Made by store_allow, not by the policy. */
bool store_rule_added(const struct prefix_rule *rule);

/* Each calls fn for every entry until it returns non-zero, and returns that. */
int store_each_ban(const struct store *store,
		   int (*fn)(const struct addr *, const struct ban *, void *), void *arg);
int store_each_standing(const struct store *store,
			int (*fn)(const struct addr *, const struct standing *, void *), void *arg);
int store_each_suspect(const struct store *store,
		       int (*fn)(const struct addr *, const struct suspect *, void *), void *arg);
int store_each_prefix(const struct store *store, int (*fn)(const struct plan_prefix *, void *),
		      void *arg);
int store_standing_get(const struct store *store, const struct addr *key, struct standing *out);
/*
 * Puts back what an earlier set of maps knew of a source. -EEXIST: these maps know of it already,
 * and that stays.
 */
int store_standing_recall(struct store *store, const struct addr *key,
			  const struct standing *standing);
int store_suspect_get(const struct store *store, const struct addr *key, struct suspect *out);
/* How far a walk has come that is done in pieces; all 0: at its beginning. */
struct store_pass {
	bool begun;
	__u64 cursor[4]; /* a bucket's number or a key, as the kind of map has it */
};
/*
 * The next piece of a walk over the sources in good standing, about `entries` of them: calls fn as
 * above for those who still are, deletes the others. 1: there is more; 0: it was the last piece,
 * and the next one is the first again. In each walk every entry that stays is met once.
 */
int store_pass_standing(struct store *store, struct store_pass *pass, size_t entries, __u64 now_ns,
			int (*fn)(const struct addr *, const struct standing *, void *), void *arg);

/* What packets cost the program, of those that were timed; summed over all CPUs. */
int store_cost(const struct store *store, struct cost *out);

/* Counters summed over all CPUs. */
struct totals {
	struct counter by[REASON_MAX][SIP_METHOD_MAX][STANDING_MAX];
	struct counter shadow[REASON_MAX];
	__u64 events_lost;
};
int store_totals(const struct store *store, struct totals *out);
/* totals.shadow alone, in packets: cheap enough for every few seconds. */
int store_shadows(const struct store *store, __u64 out[REASON_MAX]);
/* All that came in and that the program saw, whatever became of it. */
int store_seen(const struct store *store, struct counter *out);

/* How full the lanes of all strangers are, and what the agent set of their limits. */
int store_lanes(const struct store *store, struct lane_cell out[LANE_MAX]);
/* How the server does, summed over all CPUs. */
int store_health(const struct store *store, struct health *out);
/* Sets the limit of a lane until a time (0: the policy's holds). The store is open for writing. */
void store_set_lane(struct store *store, enum lane lane, const struct rate_limit *set,
		    __u64 until_ns);

/* Replaces the marks of prefixes whose strangers share one budget; bpf/narrow.h has their bits. */
int store_set_narrow(struct store *store, const __u64 word[NARROW_WORDS]);
/* Does an address lie in such a prefix? */
int store_narrow(const struct store *store, const struct addr *address, bool *narrow);
/* How many events a request of a source costs it as long as it is a stranger. */
int store_price(const struct store *store, const struct addr *key, __u64 now_ns,
		unsigned int *price);

/* The verdict on the last packet of the CPU that the caller is bound to; replays only. */
int store_last(const struct store *store, struct verdict_record *out);

int store_events_fd(const struct store *store); /* of the ring buffer */

/* What the agent has counted; round_ns 0: it never did. */
int store_census(const struct store *store, struct census *out);
int store_set_census(struct store *store, const struct census *census);
/* A change that no round has seen yet: until the next one readers count themselves. */
int store_outdate_census(struct store *store);

#endif
