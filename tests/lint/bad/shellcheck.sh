#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
rm -f $1/leftover
