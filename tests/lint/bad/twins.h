/* SPDX-License-Identifier: GPL-2.0-or-later */
int key_v4(int x);
