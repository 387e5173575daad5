// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The life of a policy: on trial until a deadline, confirmed, taken back. The kernel keeps the
 * deadline (bpf/control.h); what is done here makes it last.
 */
#include <errno.h>

#include "bpf/control.h"
#include "user/store_maps.h"

/* The policy before the trial is in force, and there is nothing to go back to. */
static int take_back(struct store *store, struct control *control, __u32 *generation)
{
	__u32 gone;
	int err = store_generation(store, control->active_slot, &gone);

	if (err)
		return err;
	control->active_slot = control->fallback_slot;
	control->timers &= ~CONTROL_CONFIRM;
	control->confirm_by_ns = 0;
	control->taken_back = gone;
	err = store_control_write(store, control);
	if (!err)
		err = store_wait(store, control->active_slot);
	if (!err && generation)
		*generation = gone;
	return err;
}

/* 1: the deadline has passed, and that is written down now. */
static int settle(struct store *store, struct control *control, __u32 *generation)
{
	int err = store_control(store, control);

	if (err || !control_reverted(control, store_now(store, control)))
		return err;
	err = take_back(store, control, generation);
	return err ? err : 1;
}

int store_settle(struct store *store, __u32 *generation)
{
	cleanup_fd int lock = -1;
	struct control control;
	int err = store_control(store, &control);

	/* Most rounds find none, and need no lock for that. */
	if (err || !control_reverted(&control, store_now(store, &control)))
		return err;
	err = store_lock(store, &lock);
	return err ? err : settle(store, &control, generation);
}

int store_clear_standby(struct store *store, struct control *control)
{
	int err = settle(store, control, NULL);

	if (err < 0)
		return err;
	if (control_unconfirmed(control))
		return take_back(store, control, NULL);
	control->fallback_slot = control->active_slot;
	return store_control_write(store, control);
}

int store_switch(struct store *store, struct control *control, __u32 generation, __u64 confirm_ns)
{
	__u32 before, old;
	int err;

	/* Filling the slot took its time, and a bypass waits for no lock: what it wrote stays. */
	err = store_control(store, control);
	if (err)
		return err;
	before = control->active_slot;
	err = store_generation(store, before, &old);
	if (!err && !old && confirm_ns)
		err = -ENOENT;
	if (err)
		return err;
	control->active_slot = (before + 1) % POLICY_SLOTS;
	/* Before the first policy there is none to go back to. */
	control->fallback_slot = old ? before : control->active_slot;
	if (confirm_ns) {
		control->confirm_by_ns = store_now(store, control) + confirm_ns;
		control->timers |= CONTROL_CONFIRM;
	}
	control->generations = generation;
	control->taken_back = 0;
	err = store_control_write(store, control);
	return err ? err : store_wait(store, control->active_slot);
}

int store_confirm(struct store *store, __u32 *generation)
{
	cleanup_fd int lock = -1;
	struct control control;
	int err = store_lock(store, &lock);

	if (!err)
		err = settle(store, &control, NULL);
	if (err)
		return err < 0 ? err : -ETIME;
	if (!control_unconfirmed(&control))
		return -ENOENT;
	control.timers &= ~CONTROL_CONFIRM;
	control.confirm_by_ns = 0;
	err = store_control_write(store, &control);
	if (!err && generation)
		err = store_generation(store, control.active_slot, generation);
	return err;
}

int store_rollback(struct store *store, __u32 *generation)
{
	cleanup_fd int lock = -1;
	struct control control = { 0 };
	int err = store_lock(store, &lock);

	if (!err)
		err = settle(store, &control, NULL);
	if (err < 0)
		return err;
	if (control.fallback_slot == control.active_slot)
		return -ENOENT;
	err = take_back(store, &control, NULL);
	if (!err && generation)
		err = store_generation(store, control.active_slot, generation);
	return err;
}

int store_trial(const struct store *store, struct policy_trial *out)
{
	struct control control;
	int err = store_control(store, &control);
	bool over;

	if (err)
		return err;
	over = control_reverted(&control, store_now(store, &control));
	*out = (struct policy_trial){
		.waits = control_unconfirmed(&control) && !over,
		.ran_out = over,
		.confirm_by_ns = control.confirm_by_ns,
		.taken_back = control.taken_back,
	};
	if (control_unconfirmed(&control))
		err = store_generation(store, control.active_slot, &out->generation);
	if (!err && over)
		out->taken_back = out->generation;
	if (!err && !over && control.fallback_slot != control.active_slot)
		err = store_generation(store, control.fallback_slot, &out->back_to);
	return err;
}
