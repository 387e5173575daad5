/* SPDX-License-Identifier: GPL-2.0-or-later */
int f(int x)
{
	bpf_printk("%d", x);
	return x;
}
