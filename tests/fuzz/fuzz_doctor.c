// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a table of drivers (refused with a message, or one in which each can be found), and
 * as what nft prints. The first byte chooses.
 */
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/doctor_nft.h"
#include "user/drivers.h"

static void require(int truth)
{
	if (!truth)
		abort();
}

static void check(const struct drivers *drivers)
{
	for (size_t i = 0; i < drivers->count; i++) {
		const struct driver *driver = &drivers->item[i];

		require(drivers_find(drivers, driver->name) == driver);
		require(driver->spans && driver->spans <= DRIVER_SPANS_MAX);
		for (size_t j = 0; j < driver->spans; j++)
			require(driver_span_of(driver, driver->span[j].from) == &driver->span[j]);
	}
	for (size_t i = 0; i < drivers->bads; i++)
		require(*drivers->bad[i].driver && *drivers->bad[i].what);
}

static void read_table(const char *text, size_t len)
{
	char *said = NULL;
	size_t said_len = 0;
	FILE *err = open_memstream(&said, &said_len);
	struct drivers drivers;
	int result;

	require(err != NULL);
	result = drivers_parse("drivers.yaml", text, len, &drivers, err);
	fclose(err);
	require(!result == !said_len);
	if (!result) {
		check(&drivers);
		drivers_free(&drivers);
	}
	free(said);
}

static void read_rules(const char *bytes, size_t len)
{
	const struct nft_port port[] = { { IPPROTO_UDP, 5060 }, { IPPROTO_TCP, 5060 } };
	char *text = strndup(bytes, len);
	struct nft_view view;

	require(text != NULL);
	if (!nft_read(text, port, 2, &view)) {
		require(!view.drops == !*view.rule);
		require(!view.closed || *view.chain);
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (data[0] & 1)
		read_rules((const char *)data + 1, size - 1);
	else
		read_table((const char *)data + 1, size - 1);
	return 0;
}
