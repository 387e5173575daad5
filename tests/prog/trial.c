// SPDX-License-Identifier: GPL-2.0-or-later
/* A policy on trial: the kernel itself takes the one before it at the deadline. */
#include <errno.h>

#include "tests/prog/harness.h"
#include "user/addr.h"
#include "user/store_maps.h"

#define CONFIRM (10 * SECOND)

#define OLD "deny: [198.51.100.7]"
#define NEW "allow: [198.51.100.7]"
#define NEWER "deny: [198.51.100.0/24]"

TestSuite(trial, .init = prog_start);

/* A policy with a deadline. 0 or a negative errno; generation may be NULL. */
static int try(const char *yaml, __u32 *generation)
{
	struct policy_doc doc;
	struct plan plan;
	int err;

	cr_assert_eq(policy_parse("policy", yaml, strlen(yaml), &doc, stderr), 0);
	cr_assert_eq(plan_build(&doc, NULL, &plan, NULL), 0);
	err = store_try(prog_store(), &plan, CONFIRM, generation);
	plan_free(&plan);
	policy_free(&doc);
	return err;
}

static __u32 generation(void)
{
	static struct policy policy;

	cr_assert_eq(store_policy(prog_store(), &policy), 0);
	return policy.generation;
}

static struct policy_trial state(void)
{
	struct policy_trial trial;

	cr_assert_eq(store_trial(prog_store(), &trial), 0);
	return trial;
}

#define expect_old() expect(REASON_DENY, .payload = MESSAGE())
#define expect_new() expect(REASON_ALLOW, .payload = MESSAGE())

/* Nobody does anything: the packets after the deadline are judged by the old policy, and so are
 * the readers of the maps told. */
Test(trial, ends_by_itself)
{
	__u32 old, new;

	prog_policy(OLD);
	old = generation();
	cr_assert_eq(try(NEW, &new), 0);
	cr_assert_eq(new, old + 1);
	cr_assert_eq(generation(), new);
	cr_assert(state().waits);
	cr_assert_eq(state().generation, new);
	cr_assert_eq(state().confirm_by_ns, prog_now() + CONFIRM);
	expect_new();
	prog_wait(CONFIRM - 1);
	expect_new();
	prog_wait(1);
	expect_old();
	cr_assert_eq(generation(), old);
	cr_assert(state().ran_out);
	cr_assert_not(state().waits);
	cr_assert_eq(state().taken_back, new);
	prog_wait(HOUR);
	expect_old();
}

/* The agent's round writes it down, once, and then no packet looks at the clock for it. */
Test(trial, is_settled)
{
	__u32 new, gone = 0, next;
	struct control control;

	prog_policy(OLD);
	cr_assert_eq(try(NEW, &new), 0);
	prog_wait(CONFIRM - 1);
	cr_assert_eq(store_settle(prog_store(), &gone), 0);
	expect_new();
	prog_wait(1);
	cr_assert_eq(store_settle(prog_store(), &gone), 1);
	cr_assert_eq(gone, new);
	cr_assert_eq(store_settle(prog_store(), &gone), 0);
	cr_assert_eq(store_control(prog_store(), &control), 0);
	cr_assert_eq(control.timers & CONTROL_CONFIRM, 0);
	expect_old();
	cr_assert_eq(state().taken_back, new);
	cr_assert_eq(state().back_to, 0);
	cr_assert_eq(store_confirm(prog_store(), NULL), -ENOENT);
	cr_assert_eq(store_rollback(prog_store(), NULL), -ENOENT);
	/* its number is never given to another */
	prog_policy(NEWER);
	next = generation();
	cr_assert_eq(next, new + 1);
	cr_assert_eq(state().taken_back, 0);
}

Test(trial, is_confirmed)
{
	__u32 new, got;

	prog_policy(OLD);
	cr_assert_eq(store_confirm(prog_store(), NULL), -ENOENT);
	cr_assert_eq(try(NEW, &new), 0);
	prog_wait(CONFIRM - 1);
	cr_assert_eq(store_confirm(prog_store(), &got), 0);
	cr_assert_eq(got, new);
	prog_wait(HOUR);
	expect_new();
	cr_assert_eq(generation(), new);
	cr_assert_not(state().waits);
	cr_assert_eq(store_confirm(prog_store(), NULL), -ENOENT);
}

Test(trial, cannot_be_confirmed_too_late)
{
	prog_policy(OLD);
	cr_assert_eq(try(NEW, NULL), 0);
	prog_wait(CONFIRM);
	cr_assert_eq(store_confirm(prog_store(), NULL), -ETIME);
	expect_old();
}

/* Back to the one before: of a trial at once, of a confirmed one once. */
Test(trial, is_rolled_back)
{
	__u32 old, new, got;

	prog_policy(OLD);
	old = generation();
	cr_assert_eq(try(NEW, &new), 0);
	cr_assert_eq(state().back_to, old);
	cr_assert_eq(store_rollback(prog_store(), &got), 0);
	cr_assert_eq(got, old);
	expect_old();
	prog_wait(HOUR);
	expect_old();
	cr_assert_eq(state().taken_back, new);
	cr_assert_eq(store_rollback(prog_store(), NULL), -ENOENT);
	prog_policy(NEW);
	expect_new();
	cr_assert_eq(store_rollback(prog_store(), &got), 0);
	cr_assert_eq(got, old);
	expect_old();
	cr_assert_eq(store_rollback(prog_store(), NULL), -ENOENT);
}

/* Another one, on trial or not, takes the place of what was confirmed, not of what was tried. */
Test(trial, another_is_applied)
{
	__u32 old, new, got;

	prog_policy(OLD);
	old = generation();
	cr_assert_eq(try(NEW, &new), 0);
	cr_assert_eq(try(NEWER, &got), 0);
	cr_assert_eq(got, new + 1);
	expect(REASON_DENY, .src = "198.51.100.8", .payload = MESSAGE());
	prog_wait(CONFIRM);
	cr_assert_eq(generation(), old);
	expect_old();
	expect(REASON_REQUEST, .src = "198.51.100.8", .payload = MESSAGE());
	cr_assert_eq(try(NEW, NULL), 0);
	prog_policy(NEWER);
	prog_wait(HOUR);
	expect(REASON_DENY, .src = "198.51.100.8", .payload = MESSAGE());
	cr_assert_eq(store_rollback(prog_store(), &got), 0);
	cr_assert_eq(got, old);
}

/* What an operator allows while a policy waits is no part of it. */
Test(trial, allowed_by_hand_meanwhile)
{
	struct addr source, other;

	cr_assert_eq(addr_parse("198.51.100.7", &source), 0);
	cr_assert_eq(addr_parse("198.51.100.8", &other), 0);
	prog_policy(NEWER);
	cr_assert_eq(try("mode: enforce", NULL), 0);
	cr_assert_eq(store_allow(prog_store(), &source, 128), 0);
	cr_assert_eq(store_allow(prog_store(), &other, 128), 0);
	cr_assert_eq(store_unallow(prog_store(), &other, 128), 0);
	expect_new();
	prog_wait(CONFIRM);
	expect_new();
	expect(REASON_DENY, .src = "198.51.100.8", .payload = MESSAGE());
}

/* Bans by hand are no part of a policy. */
Test(trial, banned_meanwhile)
{
	prog_policy(OLD);
	cr_assert_eq(try("mode: enforce", NULL), 0);
	prog_ban("203.0.113.71", 0);
	expect(REASON_BANNED, .src = "203.0.113.71", .payload = MESSAGE());
	prog_wait(CONFIRM);
	expect(REASON_BANNED, .src = "203.0.113.71", .payload = MESSAGE());
}

/* A bypass does not wait for somebody who takes long to fill the slot, and is not undone by him. */
Test(trial, bypassed_meanwhile)
{
	struct control control;

	prog_policy(OLD);
	cr_assert_eq(store_clear_standby(prog_store(), &control), 0);
	cr_assert_eq(store_set_bypass(prog_store(), prog_now() + HOUR), 0);
	cr_assert_eq(store_switch(prog_store(), &control, control.generations + 1, 0), 0);
	expect(REASON_BYPASS, .payload = MESSAGE());
}
