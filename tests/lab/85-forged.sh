#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# A million forged sources with two packets each harm none of 10,000 sources that proved something,
# and take no memory. For a hundred million packets: FORGED_SOURCES=50000000.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

BUILD=${BUILD:-build}
exec "$BUILD/tools/bench-forged" "$BUILD/bench.bpf.o" "${FORGED_SOURCES:-1000000}"
