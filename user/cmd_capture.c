// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/cmd_trace.h"
#include "user/duration.h"
#include "user/pcapng.h"

#define NS_PER_SECOND 1000000000ULL
#define FILE_MODE 0600 /* what people say to each other lies in it */

static struct trace_wish wish;
static const char *option_file, *option_count, *option_duration;

static const struct cmd_option options[] = {
	{ "w", "FILE", "where to, pcapng; - is the standard output", &option_file, NULL },
	CMD_TRACE_OPTIONS(wish),
	{ "snaplen", "BYTES", "of each frame, 64 to 2048; default 2048", &wish.snaplen, NULL },
	{ "count", "N", "end after so many packets", &option_count, NULL },
	{ "duration", "TIME", "end after this time, as 30s or 5m", &option_duration, NULL },
};

static const struct cmd_use use = {
	.name = "capture",
	.args = "[DEV]",
	.what = "Writes packets that come in to a file, each with the verdict on it: in the comment\n"
		"the reason in words, the method and the source's standing, and the XDP action as\n"
		"an option. Without --verdict those that are dropped, and those that a rule in\n"
		"shadow would have dropped. tcpdump on the interface sees none of the former.\n"
		"\n"
		"Ends by SIGINT, --count or --duration. While it runs each packet costs a little\n"
		"more; what is over --rate is counted, not written. A pipe shows it live:\n"
		"  sipshield capture -w - | tshark -r - -O frame\n"
		"  sipshield capture -w drops.pcapng --src 198.51.100.0/24 --duration 1m\n"
		"\n"
		"`sipshield replay' reads the file again. Four captures and mirrors can run at a\n"
		"time; one that is killed costs nothing any more after three seconds.",
	.option = options,
	.options = sizeof(options) / sizeof(options[0]),
	.args_max = 1,
};

struct file {
	const char *name;
	__u32 snaplen;
	FILE *out; /* NULL: not open */
};

static int begin(const char *dev, void *arg)
{
	struct file *file = arg;
	bool to_stdout = !strcmp(file->name, "-");
	int fd = to_stdout ? fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
			   : open(file->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);

	file->out = fd < 0 ? NULL : fdopen(fd, "w");
	if (!file->out)
		return cmd_fail(EXIT_FAILED, "capture: %s: %s", file->name, strerror(errno));
	if (pcapng_begin("sipshield " SIPSHIELD_VERSION, dev, file->snaplen, file->out) ||
	    fflush(file->out))
		return cmd_fail(EXIT_FAILED, "capture: %s: %s", file->name, strerror(errno));
	return EXIT_DONE;
}

static int flush(void *arg)
{
	struct file *file = arg;

	if (!fflush(file->out))
		return 0;
	if (errno != EPIPE) /* whoever read the pipe has seen enough: that is no failure */
		cmd_fail(EXIT_FAILED, "capture: %s: %s", file->name, strerror(errno));
	return -errno;
}

static int packet(const struct trace_record *record, __u64 time_ns, const char *text, void *arg)
{
	const struct pcapng_packet written = {
		.time_ns = time_ns,
		.data = record->data,
		.len = record->captured,
		.wire_len = record->length,
		.xdp_action = record->dropped ? XDP_DROP : XDP_PASS,
		.comment = text,
	};
	struct file *file = arg;

	return pcapng_packet(&written, file->out) ? flush(arg) : 0;
}

static int file_end(struct file *file, const struct trace_outcome *outcome)
{
	struct pcapng_statistics statistics = {
		.matched = outcome->state.matched,
		.dropped = outcome->state.over_rate + outcome->state.lost,
	};
	struct timespec now;
	int err;

	clock_gettime(CLOCK_REALTIME, &now);
	statistics.time_ns = (__u64)now.tv_sec * NS_PER_SECOND + (__u64)now.tv_nsec;
	err = pcapng_end(&statistics, file->out);
	return fclose(file->out) || err ? -EIO : 0;
}

static int parse(const struct cmd_common *common, const char *dev, struct trace_job *job)
{
	char why[TRACE_WHY_LEN], *end;
	uint64_t seconds = 0;

	if (!option_file)
		return cmd_fail(EXIT_USAGE,
				"capture: where to? `sipshield capture -w FILE.pcapng'");
	if (!strcmp(option_file, "-") && isatty(STDOUT_FILENO))
		return cmd_fail(EXIT_USAGE, "capture: a terminal cannot show packets; name a file, "
					    "or pipe it to `tshark -r -'");
	if (trace_filter_parse(&wish, &job->filter, why))
		return cmd_fail(EXIT_USAGE, "%s", why);
	if (option_duration && (duration_parse(option_duration, &seconds) || !seconds))
		return cmd_fail(EXIT_USAGE, "--duration %s: expected a time, as 30s or 5m",
				option_duration);
	job->duration_ns = seconds * NS_PER_SECOND;
	if (option_count) {
		job->count = strtoull(option_count, &end, 10);
		if (*option_count < '0' || *option_count > '9' || *end || !job->count)
			return cmd_fail(EXIT_USAGE, "--count %s: expected a number of packets",
					option_count);
	}
	job->dev = dev ? dev : common->dev;
	return EXIT_DONE;
}

int cmd_capture(int argc, char **argv)
{
	struct file file = { 0 };
	struct trace_job job = { .begin = begin, .packet = packet, .flush = flush, .arg = &file };
	struct trace_outcome outcome;
	struct cmd_common common;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = parse(&common, argc ? argv[0] : NULL, &job);
	if (status)
		return status;
	file.name = option_file;
	file.snaplen = job.filter.length;
	status = cmd_trace(&job, &outcome);
	if (!file.out)
		return status;
	if (file_end(&file, &outcome) && !status)
		status = cmd_fail(EXIT_FAILED, "capture: %s: not all was written", file.name);
	cmd_trace_report("captured", &outcome, common.json);
	return status;
}
