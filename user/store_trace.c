// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>

#include "user/cmd.h"
#include "user/store_maps.h"
#include "user/tracer.h"

struct tracer {
	struct store *store;
	struct trace_filter filter;
	__u32 slot;
	int ring_fd;
	struct ring_buffer *ring;
	tracer_told *told;
	void *arg;
	int ended; /* what told returned to end the reading */
};

static int on_record(void *arg, void *data, size_t len)
{
	struct tracer *tracer = arg;

	if (len < sizeof(struct trace_record))
		return 0;
	tracer->ended = tracer->told(data, tracer->arg);
	return tracer->ended ? -ECANCELED : 0;
}

/* The slot of somebody who has ended, or was killed. The store is locked. */
static int find_slot(const struct store *store, __u64 now_ns, __u32 *out)
{
	struct trace_filter filter;

	for (__u32 slot = 0; slot < TRACERS_MAX; slot++) {
		int err = bpf_map_lookup_elem(store->fd[MAP_TRACE_FILTERS], &slot, &filter);

		if (err)
			return err;
		if (filter.until_ns > now_ns)
			continue;
		*out = slot;
		return 0;
	}
	return -EBUSY;
}

static int write_filter(const struct tracer *tracer)
{
	return bpf_map_update_elem(tracer->store->fd[MAP_TRACE_FILTERS], &tracer->slot,
				   &tracer->filter, BPF_ANY);
}

/*
 * Who did not renew for long has lost his slot, perhaps to somebody else: a ring that is not his own
 * tells. The store is locked.
 */
static bool has_slot(const struct tracer *tracer)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info), id = 0;

	return !bpf_obj_get_info_by_fd(tracer->ring_fd, &info, &len) &&
	       !bpf_map_lookup_elem(tracer->store->fd[MAP_TRACE_RINGS], &tracer->slot, &id) &&
	       id == info.id;
}

/*
 * The ring comes first and the filter last, so that there is never a filter without a ring. The store
 * is locked.
 */
static int take_slot(struct tracer *tracer, __u64 now_ns)
{
	const struct store *store = tracer->store;
	const struct trace_state state = { 0 };
	int err = find_slot(store, now_ns, &tracer->slot);

	if (!err)
		err = bpf_map_update_elem(store->fd[MAP_TRACE_STATES], &tracer->slot, &state,
					  BPF_ANY);
	if (!err)
		err = bpf_map_update_elem(store->fd[MAP_TRACE_RINGS], &tracer->slot,
					  &tracer->ring_fd, BPF_ANY);
	return err ? err : write_filter(tracer);
}

static int renew_filter(struct tracer *tracer)
{
	cleanup_fd int lock = -1;
	int err = store_lock(tracer->store, &lock);
	__u64 now_ns = cmd_now();

	if (err)
		return err;
	tracer->filter.until_ns = now_ns + TRACER_LIFE_NS;
	return has_slot(tracer) ? write_filter(tracer) : take_slot(tracer, now_ns);
}

int tracer_renew(struct tracer *tracer)
{
	int err = renew_filter(tracer);

	return err ? err : store_set_trace(tracer->store, tracer->filter.until_ns);
}

static void tracer_free(struct tracer *tracer)
{
	ring_buffer__free(tracer->ring);
	fd_close(&tracer->ring_fd);
	free(tracer);
}

int tracer_open(struct store *store, const struct trace_filter *filter, struct tracer **out)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	struct tracer *tracer = calloc(1, sizeof(*tracer));
	int err;

	if (!tracer)
		return -ENOMEM;
	tracer->store = store;
	tracer->filter = *filter;
	tracer->ring_fd =
		bpf_map_create(BPF_MAP_TYPE_RINGBUF, "trace_ring", 0, 0, TRACE_RING_LEN, &opts);
	err = tracer->ring_fd < 0 ? tracer->ring_fd : 0;
	if (!err) {
		tracer->ring = ring_buffer__new(tracer->ring_fd, on_record, tracer, NULL);
		err = tracer->ring ? 0 : -errno;
	}
	if (err) {
		tracer_free(tracer);
		return err;
	}
	err = tracer_renew(tracer);
	if (err) {
		tracer_close(tracer);
		return err;
	}
	*out = tracer;
	return 0;
}

/* Whether somebody looks. */
static bool is_looked_at(const struct store *store, __u64 now_ns)
{
	struct trace_filter filter;

	for (__u32 slot = 0; slot < TRACERS_MAX; slot++) {
		if (!bpf_map_lookup_elem(store->fd[MAP_TRACE_FILTERS], &slot, &filter) &&
		    filter.until_ns > now_ns)
			return true;
	}
	return false;
}

static void leave_slot(struct tracer *tracer)
{
	cleanup_fd int lock = -1;

	if (store_lock(tracer->store, &lock) || !has_slot(tracer))
		return;
	tracer->filter.until_ns = 0;
	write_filter(tracer);
	bpf_map_delete_elem(tracer->store->fd[MAP_TRACE_RINGS], &tracer->slot);
}

/* Somebody who begins at this very moment has the packet path look again by renewing. */
void tracer_close(struct tracer *tracer)
{
	if (!tracer)
		return;
	leave_slot(tracer);
	if (!is_looked_at(tracer->store, cmd_now()))
		store_set_trace(tracer->store, 0);
	tracer_free(tracer);
}

int tracer_fd(const struct tracer *tracer)
{
	return ring_buffer__epoll_fd(tracer->ring);
}

int tracer_read(struct tracer *tracer, tracer_told *told, void *arg)
{
	int n;

	tracer->told = told;
	tracer->arg = arg;
	tracer->ended = 0;
	n = ring_buffer__consume(tracer->ring);
	return tracer->ended ? tracer->ended : n;
}

int tracer_state(const struct tracer *tracer, struct trace_state *out)
{
	return bpf_map_lookup_elem(tracer->store->fd[MAP_TRACE_STATES], &tracer->slot, out);
}
