/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifdef __bpf__
int x;
#endif
