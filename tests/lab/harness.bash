# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # what the tests use
#
# What every test of the lab starts with: the parts of tools/lab, one line for each result, and an
# exit status of 1 if one of them was "not ok".
set -euo pipefail
shopt -s nullglob

LAB_TOP=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
# shellcheck source=tools/lab.d/all.sh
. "$LAB_TOP/tools/lab.d/all.sh"

TEST_FAILED=0

ok() {
	echo "ok $1"
}

not_ok() {
	echo "not ok $1: $2"
	TEST_FAILED=1
}

# check NAME WHY COMMAND...: one result; WHY says what is wrong if COMMAND fails.
check() {
	local name=$1 why=$2
	shift 2
	if "$@"; then
		ok "$name"
	else
		not_ok "$name" "$why"
	fi
}

# same NAME GOT WANTED: one result.
same() {
	check "$1" "is '$2', must be '$3'" test "$2" = "$3"
}

# at_least NAME GOT LEAST, at_most NAME GOT MOST: one result each.
at_least() {
	check "$1" "is $2, must be at least $3" test "$2" -ge "$3"
}

at_most() {
	check "$1" "is $2, must be at most $3" test "$2" -le "$3"
}

# Milliseconds of a clock that only goes forward.
now_ms() {
	awk '{ printf "%d\n", $1 * 1000 }' /proc/uptime
}

# A result for an end that no test foresaw: without it the run would count as passed.
test_end() {
	local status=$?

	[[ $status -eq 0 ]] || not_ok "$(basename "$0" .sh)" "ended with status $status"
	lab_close
	exit "$TEST_FAILED"
}

# lab_open, with the end of the test instead of the lab's own.
test_open() {
	lab_open
	trap test_end EXIT
}
