// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/cmd_trace.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/json.h"
#include "user/loader.h"
#include "user/tracer.h"

#define NS_PER_SECOND 1000000000ULL
#define WAIT_MS 250 /* at most, between two looks at what judges the packets */
#define ENDED 1	    /* what on_record() ends a reading with */

struct watch {
	const struct trace_job *job;
	struct trace_outcome *outcome;
	const char *dev;
	struct tracer *tracer;
	struct signature_names names;
	__u64 to_wall_ns; /* from the clock of the records to the time since 1970 */
	int signals;	  /* a signalfd, or -1 */
	int err;
};

static void watch_close(struct watch *watch)
{
	tracer_close(watch->tracer);
	if (watch->signals >= 0)
		close(watch->signals);
}

static __u64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (__u64)now.tv_sec * NS_PER_SECOND + (__u64)now.tv_nsec;
}

static int on_record(const struct trace_record *record, void *arg)
{
	struct watch *watch = arg;
	const struct trace_job *job = watch->job;
	char text[TRACE_TEXT_LEN];

	if (job->count && watch->outcome->packets >= job->count)
		return ENDED;
	trace_text(record, signature_name(&watch->names, trace_rule(record), record->signature),
		   text);
	watch->err = job->packet(record, record->time_ns + watch->to_wall_ns, text, job->arg);
	if (watch->err)
		return ENDED;
	watch->outcome->packets++;
	watch->outcome->dropped += record->dropped;
	return 0;
}

/* SIGINT and SIGTERM as something to wait for. */
static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	signal(SIGPIPE, SIG_IGN); /* what reads a pipe may end first: then writing says so */
	fd = signalfd(-1, &set, SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool is_over(const struct watch *watch, __u64 began_ns)
{
	const struct trace_job *job = watch->job;

	return watch->err || (job->count && watch->outcome->packets >= job->count) ||
	       (job->duration_ns && clock_ns(CLOCK_MONOTONIC) - began_ns >= job->duration_ns);
}

/* What was detached has maps as long as they are open here, and no packets. */
static int watch_renew(struct watch *watch)
{
	struct attachment attached;
	int err = shield_attached(watch->dev, &attached);

	if (!err && !attached.pinned)
		err = -ENOENT;
	if (!err)
		err = tracer_renew(watch->tracer);
	if (err)
		cmd_fail(EXIT_FAILED, "%s is not looked at any more: %s", watch->dev,
			 err == -ENOENT	 ? "it is not protected now"
			 : err == -EBUSY ? "what is written to waited too long, and others look"
					 : strerror(-err));
	return err;
}

/* One wait and what came by then. Returns a negative errno, or 1 when it was told to end. */
static int watch_round(struct watch *watch)
{
	struct pollfd fd[] = { { .fd = tracer_fd(watch->tracer), .events = POLLIN },
			       { .fd = watch->signals, .events = POLLIN } };
	int err;

	if (poll(fd, 2, WAIT_MS) < 0 && errno != EINTR)
		return -errno;
	err = tracer_read(watch->tracer, on_record, watch);
	if (err < 0)
		return err;
	if (!watch->err && watch->job->flush)
		watch->err = watch->job->flush(watch->job->arg);
	if (fd[1].revents)
		return 1;
	return watch_renew(watch);
}

static int watch_run(struct watch *watch)
{
	__u64 began_ns = clock_ns(CLOCK_MONOTONIC);
	int err = 0;

	while (!err && !is_over(watch, began_ns))
		err = watch_round(watch);
	if (err == 1) /* told to end: what came before that is still handed on */
		err = 0;
	if (!err && !watch->err)
		tracer_read(watch->tracer, on_record, watch);
	tracer_state(watch->tracer, &watch->outcome->state);
	return watch->err ? watch->err : err;
}

static int open_tracer(struct store *store, const struct trace_filter *filter, struct watch *watch)
{
	int err = tracer_open(store, filter, &watch->tracer);

	if (err == -EBUSY)
		return cmd_fail(EXIT_FAILED, "%u captures and mirrors of %s run already; end one",
				TRACERS_MAX, watch->dev);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot look at the packets of %s: %s%s", watch->dev,
				strerror(-err), err == -EPERM ? "; run as root" : "");
	return EXIT_DONE;
}

int cmd_trace(const struct trace_job *job, struct trace_outcome *out)
{
	__attribute__((cleanup(watch_close))) struct watch watch = { .job = job,
								     .outcome = out,
								     .signals = -1 };
	cleanup_store struct store *store = NULL;
	char name[IF_NAMESIZE];
	int status = cmd_open_store(job->dev, true, &store, name);

	*out = (struct trace_outcome){ 0 };
	if (status)
		return status;
	watch.dev = name;
	if (store_signature_names(store, &watch.names))
		return cmd_fail(EXIT_FAILED, "cannot read the policy of %s", name);
	watch.signals = open_signals();
	if (watch.signals < 0)
		return cmd_fail(EXIT_FAILED, "cannot wait for signals: %s",
				strerror(-watch.signals));
	watch.to_wall_ns = clock_ns(CLOCK_REALTIME) - clock_ns(CLOCK_MONOTONIC);
	status = open_tracer(store, &job->filter, &watch);
	if (status)
		return status;
	status = job->begin(name, job->arg);
	if (status)
		return status;
	return watch_run(&watch) ? EXIT_FAILED : EXIT_DONE;
}

void cmd_trace_report(const char *what, const struct trace_outcome *outcome, bool json)
{
	const struct trace_state *state = &outcome->state;
	json_t *document;

	if (!json) {
		fprintf(stderr,
			"sipshield: %s %" PRIu64 " packets, %" PRIu64
			" of them dropped; left out: %" PRIu64 " over the rate, %" PRIu64
			" for want of room\n",
			what, (uint64_t)outcome->packets, (uint64_t)outcome->dropped,
			(uint64_t)state->over_rate, (uint64_t)state->lost);
		return;
	}
	document = json_document();
	json_object_update_new(document, json_pack("{s:I, s:I, s:I, s:I, s:I}", "packets",
						   (json_int_t)outcome->packets, "dropped",
						   (json_int_t)outcome->dropped, "matched",
						   (json_int_t)state->matched, "over_rate",
						   (json_int_t)state->over_rate, "lost",
						   (json_int_t)state->lost));
	json_print(document, stderr);
}
