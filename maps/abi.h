/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIPSHIELD_ABI_H
#define SIPSHIELD_ABI_H

/*
 * The number of the contract in types.h, maps.h and the .def files. It is raised with every change
 * of a size, an offset, a meaning or an order in them. `control.abi` of the pinned maps holds the
 * number that they were made with; an agent of another number does not use them as they are.
 */
#define SIPSHIELD_ABI 4

#endif
