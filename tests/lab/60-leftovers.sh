#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# However a lab ends, in the middle of everything, nothing of it is left: no namespace, process, pin
# or directory.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"
trap 'exit $TEST_FAILED' EXIT

# A lab in a process of its own with the shield, calls and attacks under way. It ends as it is told:
# a signal to wait for, an error, or the ordinary way. LAB_OF has its pid.
busy_lab() {
	local end=$1

	# as a shell with a terminal starts it, so that SIGINT is not ignored
	set -m
	bash -c '
		LAB_TOP=$1
		. "$LAB_TOP/tools/lab.d/all.sh"
		set -euo pipefail
		lab_open
		lab_start_shield
		lab_scan_forever
		lab_flood "$LAB_FLOODER" 60
		lab_sipp calls call "$LAB_DIR/phones" 1000 10
		lab_sleep 1
		case $2 in
		end) exit 0 ;;
		error) false ;;
		esac
		touch "$LAB_DIR/ready"
		while :; do lab_sleep 1; done' lab "$LAB_TOP" "$end" </dev/null &>"$output/$end" &
	LAB_OF[$end]=$!
	disown
	set +m
}

# Everything that bears the name of the lab with the pid $1, one line for each.
leftovers() {
	local file pid

	for file in /run/netns/sipshield-lab-"$1"-* /sys/fs/bpf/sipshield/slab"$1" \
		"${TMPDIR:-/tmp}/sipshield-lab-$1"; do
		[[ -e $file ]] && echo "$file"
	done
	# the kernel's own thread of a device, which has no command line, ends when the kernel has got
	# round to removing it
	for pid in $(pgrep -f "sipshield-lab-$1[-/]|slab$1"); do
		[[ -z $(tr -d '\0' 2>/dev/null <"/proc/$pid/cmdline") ]] || echo "$pid"
	done
}

# none_left END
none_left() {
	same "leftovers-$1" "$(leftovers "${LAB_OF[$1]}" | tr '\n' ' ')" ""
}

# await_busy SIGNAL: until it waits for its signal.
await_busy() {
	local lab=${LAB_OF[$1]}

	lab_wait 30 test -e "${TMPDIR:-/tmp}/sipshield-lab-$lab/ready" ||
		not_ok "lab-$1" "did not get ready: $(tail -n 2 "$output/$1")"
	at_least "something-to-remove-$1" "$(leftovers "$lab" | wc -l)" 10
}

declare -A LAB_OF # END -> pid
output=$(mktemp -d)
# two at a time: how fast they are does not matter
busy_lab INT
busy_lab TERM
for signal in INT TERM; do
	await_busy "$signal"
	# to the whole process group, as the terminal's Ctrl-C
	kill "-$signal" -- "-${LAB_OF[$signal]}"
	lab_await "${LAB_OF[$signal]}"
	none_left "$signal"
done

busy_lab end
busy_lab error
for end in end error; do
	lab_await "${LAB_OF[$end]}"
	none_left "$end"
done

# After SIGKILL nobody can clean up but the next lab.
busy_lab KILL
await_busy KILL
kill -KILL "${LAB_OF[KILL]}"
lab_await "${LAB_OF[KILL]}"
lab_sweep
none_left KILL
rm -rf "$output"
