/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real programs under BPF_PROG_TEST_RUN. They are loaded once, by the process that runs all
 * tests; each test takes their maps for itself, and starts hours later than the one before, so
 * that it finds every budget full and every sketch forgotten.
 */
#ifndef SIPSHIELD_TESTS_HARNESS_H
#define SIPSHIELD_TESTS_HARNESS_H

#include <criterion/criterion.h>

#include "maps/types.h"
#include "tests/prog/frame_build.h"
#include "user/names.h"
#include "user/store.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)
#define HOUR (3600 * SECOND)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Set-up of each suite: TestSuite(NAME, .init = prog_start). The defaults are in force but for the
 * checks, no source is banned or has a standing.
 */
void prog_start(void);

struct store *prog_store(void);

/*
 * Puts a policy in force. Ends the test if it has an error. The structural checks are off, so that
 * a test of anything else may send what it likes.
 */
void prog_policy(const char *yaml);
/* The same with a never-ban set of one prefix. */
void prog_policy_never_ban(const char *yaml, const char *prefix);
/* The same with the checks as the policy has them. */
void prog_policy_checked(const char *yaml);

__u64 prog_now(void);
void prog_wait(__u64 ns);

/* Which program a frame is given to. */
enum prog_entry { ENTRY_XDP, ENTRY_FRAGS, ENTRY_EGRESS };

/*
 * The verdict on one frame. Ends the test if the program's return value and the verdict disagree.
 * A kernel refuses frames that are too short to be any for it: -EINVAL, else 0.
 */
int prog_run(enum prog_entry entry, const struct frame *frame, struct verdict_record *out);
struct verdict_record prog_in(const struct frame_spec *spec);
struct verdict_record prog_out(const struct frame_spec *spec);
/* Runs one frame many times in the kernel; the counters tell what became of it. For threads too. */
void prog_repeat(const struct frame *frame, unsigned int times);

/* How many of n new requests in a row come through, at one time. */
unsigned int prog_admitted(unsigned int n, const struct frame_spec *from, const char *method);

#define expect_record(record_, reason_)                                                            \
	do {                                                                                       \
		const struct verdict_record got_ = (record_);                                      \
		cr_assert_eq(got_.reason, (reason_), "expected %s, got %s", reason_name(reason_),  \
			     reason_name(got_.reason));                                            \
	} while (0)
/* expect(REASON_REQUEST, .src = "198.51.100.8", .payload = MESSAGE(.method = "ACK")) */
#define expect(reason_, ...) expect_record(prog_in(FRAME(__VA_ARGS__)), reason_)
#define expect_out(reason_, ...) expect_record(prog_out(FRAME(__VA_ARGS__)), reason_)

/* A line of a table. */
struct prog_case {
	const char *name;
	struct frame_spec frame;
	const char *policy; /* NULL: the one that is in force */
	enum reason reason;
	enum sip_method method;
	enum standing_state standing;
	enum prog_entry entry; /* ENTRY_XDP: both programs for what comes in */
};

/* Runs each case hours after the one before; all that fail are told. */
void prog_cases(const struct prog_case *cases, size_t n);

/* Packets counted since the test began, and what would have been dropped. */
__u64 prog_count(enum reason reason);
__u64 prog_shadow_count(enum reason reason);

/* Gives a source a standing until a time, as the egress program and the agent do. */
void prog_set_standing(const char *src, enum standing_state state, __u64 expires_ns);
/* The same, whatever it is to be. */
void prog_put_standing(const char *src, const struct standing *standing);
/* -ENOENT: it has none. */
int prog_standing(const char *src, struct standing *out);
/* Has the server send a 401 with the nonce of MESSAGE_CREDENTIALS to a peer. */
void prog_challenge(const char *dst);
/* Lets a source register with credentials, from port 5060, after a challenge of its own. */
void prog_register(const char *src);
/* Marks the prefix of a source, and no other: its strangers share one budget. NULL: none. */
void prog_narrow(const char *src);
/* Bans a source; ttl in seconds. */
void prog_ban(const char *src, __u64 ttl_seconds);

/* Reads the events so far; returns how many there were and keeps up to n. */
size_t prog_events(struct event *out, size_t n);

#endif
