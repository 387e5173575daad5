/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests for tests that are particular about their headers. */
#ifndef SIPSHIELD_TESTS_REQUEST_BUILD_H
#define SIPSHIELD_TESTS_REQUEST_BUILD_H

#include <stddef.h>

/*
 * A request by its differences from a plain OPTIONS, a transaction of its own. "" leaves a header
 * (the branch: the parameter) out.
 */
struct request_parts {
	const char *method;
	const char *uri;
	const char *branch;
	const char *from;
	const char *to;
	const char *call_id;
	const char *contact;
	const char *agent;
	size_t cut; /* bytes that are left of it; 0: all */
};

/* The request as a string. It stays as it is until the next is built. */
const char *request_text(const struct request_parts *parts);

#define REQUEST(...) request_text(&(struct request_parts){ __VA_ARGS__ })

#endif
