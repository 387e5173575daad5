/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses as text. IPv4 is mapped into IPv6 in struct addr; the text is the plain one.
 */
#ifndef SIPSHIELD_ADDR_H
#define SIPSHIELD_ADDR_H

#include <stdbool.h>

#include "maps/types.h"

#define ADDR_TEXT_LEN 48 /* with the NUL */
#define PREFIX_TEXT_LEN 52

/* -EINVAL: not an IPv4 or IPv6 address. */
int addr_parse(const char *text, struct addr *out);
const char *addr_format(const struct addr *address, char out[ADDR_TEXT_LEN]);

/* "192.0.2.1:5060", "[2001:db8::1]:5060"; port in the host's order. */
#define ENDPOINT_TEXT_LEN (ADDR_TEXT_LEN + 8)
const char *endpoint_format(const struct addr *address, __u16 port, char out[ENDPOINT_TEXT_LEN]);

/*
 * "192.0.2.0/24", "2001:db8::/32" or a bare address. length counts from the mapped address (IPv4
 * /24: 120). -EINVAL: none of these; -ERANGE: length too great; -EADDRNOTAVAIL: host bits are set
 * (*out and *length are written, with the host bits cleared, for a message).
 */
int prefix_parse(const char *text, struct addr *out, __u8 *length);
/* A single address without "/32" or "/128". */
const char *prefix_format(const struct addr *address, __u8 length, char out[PREFIX_TEXT_LEN]);

/* Clears all bits of an address, IPv4 or IPv6, from length on. */
void prefix_cut(struct addr *address, __u8 length);
/* The first length bits of both are equal. */
bool prefix_holds(const struct addr *prefix, __u8 length, const struct addr *address);
/* An IPv6 prefix so short that all of IPv4, which is mapped into IPv6, lies in it. */
bool prefix_covers_ipv4(const struct addr *prefix, __u8 length);

#endif
