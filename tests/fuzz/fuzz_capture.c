// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Captures from anywhere: the reader ends, stays inside the file, and so does all that looks at
 * its frames. The file is also read from a copy, which must say the same.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/capture.h"
#include "user/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static void look_at(const struct capture_frame *frame, const uint8_t *data, size_t size)
{
	__u8 bytes[512];
	struct frame_info info;
	size_t len = capture_ethernet(frame, bytes, sizeof(bytes));

	must(len <= sizeof(bytes));
	must(frame->data >= data && frame->data + frame->len <= data + size);
	frame_parse(bytes, len, &info);
	must(!info.payload ||
	     (info.payload >= bytes && info.payload + info.payload_len <= bytes + len));
	must(frame_method(&info) < SIP_METHOD_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct capture capture, again;
	struct capture_frame frame;
	size_t at = 0;
	int got;

	if (capture_open(&capture, data, size)) {
		must(capture.error[0] != '\0');
		return 0;
	}
	again = capture;
	while ((got = capture_next(&capture, &frame)) == 1 || got == -EPROTONOSUPPORT) {
		must(capture.at > at && capture.at <= size);
		at = capture.at;
		must(capture_next(&again, &frame) == got);
		look_at(&frame, data, size);
	}
	must(got == 0 || (got == -EBADMSG && capture.error[0] != '\0'));
	return 0;
}
