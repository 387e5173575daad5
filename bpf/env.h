/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one place that knows whether code is compiled for the kernel or for the host. Everything
 * pure in bpf/ includes this and nothing else from either side.
 */
#ifndef SIPSHIELD_ENV_H
#define SIPSHIELD_ENV_H

#include <bpf/bpf_endian.h>

#ifdef __bpf__

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* A function that the verifier checks by itself; weak, so that no caller is compiled knowing it. */
#define __subprog __attribute__((noinline, weak))

/* Loads of host byte order at any alignment. */
static __always_inline __u64 load_u64(const void *p)
{
	return *(const __u64 *)p;
}

static __always_inline __u32 load_u32(const void *p)
{
	return *(const __u32 *)p;
}

#else

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#define __subprog static inline

static __always_inline __u64 load_u64(const void *p)
{
	__u64 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static __always_inline __u32 load_u32(const void *p)
{
	__u32 v;

	memcpy(&v, p, sizeof(v));
	return v;
}

#endif

/* Hides a value's origin from the compiler, so that a bound on it stays in the code. */
#ifndef barrier_var
#define barrier_var(var) asm volatile("" : "+r"(var))
#endif

#endif
