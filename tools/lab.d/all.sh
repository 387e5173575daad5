# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# All parts of the lab, for tools/lab and for the tests in tests/lab. LAB_TOP is the source tree.

LAB_SOURCES=$LAB_TOP/tools/lab.d
for part in topology servers callers attacks shield report phases life rivals standing power; do
	# shellcheck source=/dev/null # each is checked by itself
	. "$LAB_SOURCES/$part.sh"
done
unset part
