// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any string where the command line, a policy or an HTTP header has an address, a prefix, a list of
 * them, a duration, a name or a media type: refused, or something that prints and reads back to
 * itself.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/asset.h"
#include "user/duration.h"
#include "user/expo.h"
#include "user/local.h"
#include "user/names.h"
#include "user/nearest.h"
#include "user/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static int same(const struct addr *a, const struct addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void read_address(const char *text)
{
	char printed[ADDR_TEXT_LEN];
	struct addr address, again;

	if (addr_parse(text, &address))
		return;
	must(!addr_parse(addr_format(&address, printed), &again));
	must(same(&address, &again));
}

static void read_prefix(const char *text)
{
	char printed[PREFIX_TEXT_LEN];
	struct addr address, again;
	__u8 length, length_again;
	int err = prefix_parse(text, &address, &length);

	must(!err || err == -EINVAL || err == -ERANGE || err == -EADDRNOTAVAIL);
	if (err && err != -EADDRNOTAVAIL)
		return;
	must(length <= 128 && prefix_holds(&address, length, &address));
	prefix_format(&address, length, printed);
	must(!prefix_parse(printed, &again, &length_again));
	must(same(&address, &again) && length == length_again);
}

static void read_duration(const char *text)
{
	char printed[DURATION_TEXT_LEN];
	uint64_t seconds, again;
	int err = duration_parse(text, &seconds);

	must(!err || err == -EINVAL || err == -ERANGE);
	if (err)
		return;
	must(!duration_parse(duration_exact(seconds, printed), &again) && again == seconds);
	must(strlen(duration_format(seconds, printed)) < DURATION_TEXT_LEN);
}

static void read_request(const char *text)
{
	uint32_t seconds;

	must(request_range(text, &seconds) || (seconds && seconds <= REQUEST_RANGE_MAX));
	must(!request_is_local(text) || strlen(text) <= sizeof("127.0.0.1:65535"));
	must(!request_is_foreign(text) || strstr(text, "-site"));
	must(!asset_find(text) || *text == '/');
}

static void read_names(const char *text)
{
	struct nearest nearest = nearest_to(text);
	int reason = reason_of(text), class = class_of(text);

	must(reason < 0 || !strcmp(reason_name(reason), text));
	must(class < 0 || !strcmp(class_name(class), text));
	for (int i = 0; i < CLASS_MAX; i++)
		nearest_offer(&nearest, class_name(i));
	must(class < 0 || nearest.name == class_name(class));
}

static void read_local(const char *text)
{
	struct local local = { 0 };
	size_t at = 0;
	int err = local_parse(text, &local, &at);

	if (err) {
		must(at <= strlen(text));
		return;
	}
	for (size_t i = 0; i < local.list.count; i++)
		must(local_has(&local, &local.list.item[i].address));
	local_free(&local);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	must(text != NULL);
	read_address(text);
	read_prefix(text);
	read_duration(text);
	read_names(text);
	read_request(text);
	read_local(text);
	must(expo_content_type(expo_negotiate(text)) != NULL);
	free(text);
	return 0;
}
