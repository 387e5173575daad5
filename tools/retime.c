/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * retime: a capture with other silences, so that minutes in the lab become the hours of an attack.
 *
 * Every silence longer than --over milliseconds becomes as long as --to says, in seconds: a list,
 * whose last number is for all further ones. What lies nearer together stays as it is. The first
 * frame gets a fixed time, so that a capture does not tell when it was made.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/capture.h"
#include "user/capture_file.h"

#define SECOND_NS 1000000000ull
#define MS_NS 1000000ull
#define BEGIN_NS (1767225600 * SECOND_NS) /* 2026-01-01 00:00 UTC */
#define SILENCES_MAX 32

struct silences {
	__u64 over_ns;
	__u64 to_ns[SILENCES_MAX];
	unsigned int count; /* 0: all stay as they are */
	unsigned int met;
};

static __u64 after(struct silences *s, __u64 gap_ns)
{
	unsigned int i = s->met;

	if (!s->count || gap_ns <= s->over_ns)
		return gap_ns;
	s->met++;
	return s->to_ns[i < s->count ? i : s->count - 1];
}

static int put(const void *data, size_t len, FILE *out)
{
	return fwrite(data, len, 1, out) == 1 ? 0 : -EIO;
}

static int put_frame(const struct capture_frame *frame, __u64 time_ns, FILE *out)
{
	const __u32 header[] = { (__u32)(time_ns / SECOND_NS), (__u32)(time_ns % SECOND_NS / 1000),
				 frame->len, frame->wire_len };
	int err = put(header, sizeof(header), out);

	return err ? err : put(frame->data, frame->len, out);
}

/* All frames must be of one link type, that of the first: the header of a pcap names one. */
static int rewrite(struct capture *in, struct silences *s, FILE *out)
{
	__u32 header[] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 0 };
	struct capture_frame frame;
	__u64 last_ns = 0, now_ns = BEGIN_NS;
	int got, err = 0;

	for (bool first = true; !err && (got = capture_next(in, &frame)); first = false) {
		if (got < 0)
			return got;
		if (first) {
			header[5] = frame.link;
			err = put(header, sizeof(header), out);
		} else if (frame.time_ns > last_ns) {
			now_ns += after(s, frame.time_ns - last_ns);
		}
		last_ns = frame.time_ns;
		if (!err)
			err = frame.link == header[5] ? put_frame(&frame, now_ns, out) : -EINVAL;
	}
	return err;
}

static int parse_silences(char *text, struct silences *s)
{
	for (char *item = strtok(text, ","); item; item = strtok(NULL, ",")) {
		char *end;
		double seconds = strtod(item, &end);

		if (*end || seconds < 0 || seconds > 1e6 || s->count == SILENCES_MAX)
			return -EINVAL;
		s->to_ns[s->count++] = (__u64)(seconds * SECOND_NS);
	}
	return 0;
}

static int run(const char *name, struct silences *s)
{
	struct capture_file file;
	static struct capture in;
	int err = capture_file_open(name, &file);

	if (err)
		return err;
	err = capture_open(&in, file.data, file.len);
	if (!err)
		err = rewrite(&in, s, stdout);
	capture_file_close(&file);
	return err ? err : fflush(stdout) ? -errno : 0;
}

int main(int argc, char **argv)
{
	static const struct option table[] = { { "over", 1, NULL, 'o' },
					       { "to", 1, NULL, 't' },
					       { 0 } };
	struct silences s = { .over_ns = 1000 * MS_NS };
	int c, err = 0;

	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (c == 'o')
			s.over_ns = strtoull(optarg, NULL, 10) * MS_NS;
		else if (c != 't' || parse_silences(optarg, &s))
			err = -EINVAL;
	}
	if (err || optind + 1 != argc) {
		fputs("usage: retime [--over MS] [--to S,...] FILE.pcap >OUT.pcap\n", stderr);
		return 2;
	}
	err = run(argv[optind], &s);
	if (err)
		fprintf(stderr, "retime: %s: %s\n", argv[optind], strerror(-err));
	return err ? 1 : 0;
}
