// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sketch.h"

#define IPV4_OFFSET 96 /* where an IPv4 address begins in a mapped one, bits */

int addr_parse(const char *text, struct addr *out)
{
	struct addr address = { .word = { 0, 0, htonl(0xffff), 0 } };

	if (inet_pton(AF_INET, text, &address.word[3]) != 1 &&
	    inet_pton(AF_INET6, text, address.byte) != 1)
		return -EINVAL;
	*out = address;
	return 0;
}

const char *addr_format(const struct addr *address, char out[ADDR_TEXT_LEN])
{
	if (addr_is_ipv4(address))
		inet_ntop(AF_INET, &address->word[3], out, ADDR_TEXT_LEN);
	else
		inet_ntop(AF_INET6, address->byte, out, ADDR_TEXT_LEN);
	return out;
}

/* The digits after the slash, counted from the mapped address. */
static int length_parse(const char *text, bool ipv4, __u8 *out)
{
	unsigned long max = ipv4 ? 32 : 128;
	unsigned long length;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	length = strtoul(text, &end, 10);
	if (*end)
		return -EINVAL;
	if (length > max)
		return -ERANGE;
	*out = length + (ipv4 ? IPV4_OFFSET : 0);
	return 0;
}

int prefix_parse(const char *text, struct addr *out, __u8 *length)
{
	const char *slash = strchrnul(text, '/');
	char host[ADDR_TEXT_LEN];
	struct addr address, cut;
	__u8 bits = 128;
	int err;

	if ((size_t)(slash - text) >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, slash - text);
	host[slash - text] = '\0';
	err = addr_parse(host, &address);
	if (err)
		return err;
	/* A mapped address in IPv6 notation counts its length as IPv6 does. */
	if (*slash) {
		err = length_parse(slash + 1, !strchr(host, ':'), &bits);
		if (err)
			return err;
	}
	cut = address;
	prefix_cut(&cut, bits);
	*out = cut;
	*length = bits;
	return memcmp(&cut, &address, sizeof(cut)) ? -EADDRNOTAVAIL : 0;
}

const char *endpoint_format(const struct addr *address, __u16 port, char out[ENDPOINT_TEXT_LEN])
{
	char text[ADDR_TEXT_LEN];

	addr_format(address, text);
	snprintf(out, ENDPOINT_TEXT_LEN, strchr(text, ':') ? "[%s]:%u" : "%s:%u", text, port);
	return out;
}

const char *prefix_format(const struct addr *address, __u8 length, char out[PREFIX_TEXT_LEN])
{
	bool ipv4 = addr_is_ipv4(address) && length >= IPV4_OFFSET;
	char host[ADDR_TEXT_LEN];

	/* Shorter than the mapping itself: only the notation of IPv6 can say it. */
	if (addr_is_ipv4(address) && !ipv4)
		inet_ntop(AF_INET6, address->byte, host, sizeof(host));
	else
		addr_format(address, host);
	if (length >= 128)
		snprintf(out, PREFIX_TEXT_LEN, "%s", host);
	else
		snprintf(out, PREFIX_TEXT_LEN, "%s/%d", host, length - (ipv4 ? IPV4_OFFSET : 0));
	return out;
}

void prefix_cut(struct addr *address, __u8 length)
{
	for (unsigned int i = 0; i < sizeof(address->byte); i++) {
		unsigned int from = i * 8;

		if (from + 8 <= length)
			continue;
		address->byte[i] &= length > from ? 0xff00 >> (length - from) : 0;
	}
}

bool prefix_holds(const struct addr *prefix, __u8 length, const struct addr *address)
{
	struct addr a = *prefix, b = *address;

	prefix_cut(&a, length);
	prefix_cut(&b, length);
	return !memcmp(&a, &b, sizeof(a));
}

bool prefix_covers_ipv4(const struct addr *prefix, __u8 length)
{
	static const struct addr mapped = { .byte = { [10] = 0xff, [11] = 0xff } };

	return length < IPV4_OFFSET && prefix_holds(prefix, length, &mapped);
}
