// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all packets share: which policy slot is in force, the deadlines, what the agent says of itself.
 */
#include <errno.h>
#include <bpf/bpf.h>

#include "bpf/control.h"
#include "user/cmd.h"
#include "user/store_maps.h"

int store_control_write(const struct store *store, const struct control *control)
{
	__u32 zero = 0;

	return bpf_map_update_elem(store->fd[MAP_CONTROL], &zero, control, BPF_ANY);
}

int store_control(const struct store *store, struct control *out)
{
	struct control control;
	__u32 zero = 0;
	int err = bpf_map_lookup_elem(store->fd[MAP_CONTROL], &zero, &control);

	if (err)
		return err;
	*out = control;
	return 0;
}

__u64 store_now(const struct store *store, const struct control *control)
{
	return *store->dir ? cmd_now() : control->replay_now_ns;
}

int store_slot(const struct store *store, struct control *control, __u32 *slot)
{
	struct control now;
	int err = store_control(store, &now);

	if (err)
		return err;
	*slot = control_slot(&now, store_now(store, &now));
	if (control)
		*control = now;
	return 0;
}

/* The fields of control that are set while packets read them, one at a time. */
static int set_field(struct store *store, __u64 value, void (*set)(struct control *, __u64))
{
	cleanup_fd int lock = -1;
	struct control control;
	int err = store_lock(store, &lock);

	if (!err)
		err = store_control(store, &control);
	if (err)
		return err;
	set(&control, value);
	return store_control_write(store, &control);
}

static void set_frozen(struct control *control, __u64 until_ns)
{
	control->frozen_until_ns = until_ns;
}

int store_set_frozen(struct store *store, __u64 until_ns)
{
	return set_field(store, until_ns, set_frozen);
}

static void set_blind(struct control *control, __u64 until_ns)
{
	control->blind_until_ns = until_ns;
}

int store_set_blind(struct store *store, __u64 until_ns)
{
	return set_field(store, until_ns, set_blind);
}

static void set_bypass(struct control *control, __u64 until_ns)
{
	control->bypass_until_ns = until_ns;
	if (until_ns)
		control->timers |= CONTROL_BYPASS;
	else
		control->timers &= ~CONTROL_BYPASS;
}

/* The way out waits for nobody who hangs with the lock. */
int store_set_bypass(struct store *store, __u64 until_ns)
{
	cleanup_fd int lock = -1;
	struct control control;
	int err = store_lock_soon(store, &lock);

	if (!err || err == -EAGAIN)
		err = store_control(store, &control);
	if (err)
		return err;
	set_bypass(&control, until_ns);
	return store_control_write(store, &control);
}

/* Whoever looks longest decides. */
static void set_trace(struct control *control, __u64 until_ns)
{
	if (!until_ns || until_ns > control->trace_until_ns)
		control->trace_until_ns = until_ns;
	if (until_ns)
		control->timers |= CONTROL_TRACE;
	else
		control->timers &= ~CONTROL_TRACE;
}

int store_set_trace(struct store *store, __u64 until_ns)
{
	return set_field(store, until_ns, set_trace);
}

/* What is over costs the packets a look at the clock, until it is cleared here. */
static void set_beat(struct control *control, __u64 now_ns)
{
	control->agent_ns = now_ns;
	if (!control_bypassed(control, now_ns))
		set_bypass(control, 0);
	if (now_ns >= control->trace_until_ns)
		control->timers &= ~CONTROL_TRACE;
}

int store_beat(struct store *store, __u64 now_ns)
{
	return set_field(store, now_ns, set_beat);
}

static void set_started(struct control *control, __u64 now_ns)
{
	control->reload_ns = now_ns;
	control->reloaded_ns = now_ns;
}

static void set_reloaded(struct control *control, __u64 now_ns)
{
	control->reloads++;
	control->reload_ns = now_ns;
	control->reloaded_ns = now_ns;
}

static void set_reload_failed(struct control *control, __u64 now_ns)
{
	control->reload_errors++;
	control->reload_ns = now_ns;
}

int store_note_reload(struct store *store, enum reload what, __u64 now_ns)
{
	static void (*const set[])(struct control *, __u64) = {
		[RELOAD_STARTED] = set_started,
		[RELOAD_DONE] = set_reloaded,
		[RELOAD_FAILED] = set_reload_failed,
	};

	return set_field(store, now_ns, set[what]);
}

int store_set_replay_clock(struct store *store, __u64 now_ns)
{
	struct control control;
	int err = store_control(store, &control);

	if (err)
		return err;
	control.replay_now_ns = now_ns;
	return store_control_write(store, &control);
}
