// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a server and its phone say to each other until the phone is trusted.
 */
#include <stdio.h>

#include "tests/prog/harness.h"

void prog_register(const char *src)
{
	const char *branch = "z9hG4bKregister";
	char challenge[256], credentials[512];

	snprintf(challenge, sizeof(challenge), MESSAGE_CHALLENGE_WITH("%s"), src);
	snprintf(credentials, sizeof(credentials), MESSAGE_CREDENTIALS_WITH("%s"), src);
	expect_out(REASON_EGRESS_OTHER, .dst = src,
		   .payload = MESSAGE(.method = "REGISTER", .status = 401, .headers = challenge));
	expect(REASON_REQUEST, .src = src,
	       .payload = MESSAGE(.method = "REGISTER", .branch = branch, .headers = credentials));
	expect_out(REASON_EGRESS_LEARNED, .dst = src,
		   .payload = MESSAGE(.method = "REGISTER", .status = 200, .branch = branch));
}

void prog_challenge(const char *dst)
{
	expect_out(REASON_EGRESS_OTHER, .dst = dst,
		   .payload = MESSAGE(.method = "REGISTER", .status = 401,
				      .headers = MESSAGE_CHALLENGE));
}
