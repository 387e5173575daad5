// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the web process asks of a request before it answers: whose page it comes from, which range.
 */
#include <criterion/criterion.h>
#include <errno.h>

#include "user/request.h"

Test(web_request, host)
{
	static const char *const local[] = { "127.0.0.1", "127.0.0.1:9478", "localhost",
					     "LocalHost:80", "[::1]:9478" };
	static const char *const others[] = {
		"",
		"evil.example",
		"127.0.0.1.evil.example",
		"localhost.evil.example",
		"127.0.0.1:",
		"127.0.0.1:80x",
		"localhost:123456",
		"127.0.0.12",
		"127.0.0.1@evil:80",
		"[::1].evil:9478",
		"localhost ",
	};

	cr_expect(request_is_local(NULL), "no browser leaves it out");
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		cr_expect(request_is_local(local[i]), "%s", local[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect_not(request_is_local(others[i]), "%s", others[i]);
}

Test(web_request, site)
{
	cr_expect_not(request_is_foreign(NULL));
	cr_expect_not(request_is_foreign("same-origin"));
	cr_expect_not(request_is_foreign("none"), "typed into the address bar");
	cr_expect(request_is_foreign("cross-site"));
	cr_expect(request_is_foreign("same-site"), "another port of this machine");
}

Test(web_request, range)
{
	static const char *const wrong[] = { "", "0", "-1", "8d", "7d1s", "5x", "1e3", " 5m" };
	uint32_t seconds = 1;

	cr_expect(!request_range("5m", &seconds) && seconds == 300);
	cr_expect(!request_range("7d", &seconds) && seconds == REQUEST_RANGE_MAX);
	cr_expect_eq(request_range(NULL, &seconds), -EINVAL);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_eq(request_range(wrong[i], &seconds), -EINVAL, "%s", wrong[i]);
	cr_expect_eq(seconds, REQUEST_RANGE_MAX);
}
