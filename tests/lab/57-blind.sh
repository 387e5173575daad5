#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# Packets that get past the program are told within ten seconds, and the alarm ends by itself. A
# bypass lets everything pass while the agent is stopped, and the kernel ends it.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

pins=/sys/fs/bpf/sipshield/$LAB_DEV
banned=198.51.100.2 # what the callers send from without a wish of their own

# alarms KIND: how often the agent said so.
alarms() {
	grep -c "$1" "$LAB_DIR/shield.log" || true
}

said() {
	[[ $(alarms "$1") -gt 0 ]]
}

# counted REASON: packets; the exit status of `status` does not matter.
counted() {
	(lab_shield status --json --dev "$LAB_DEV" || true) | jq ".by_reason[\"$1\"]"
}

# Exit status of `status`, and what it says of a blind spot and of a bypass.
enforcing() {
	local status=0

	lab_shield status --json --dev "$LAB_DEV" >"$LAB_DIR/status.json" || status=$?
	echo "$status $(jq -r '"\(.blind) \(if .bypass then "set" else "null" end)"' "$LAB_DIR/status.json")"
}

lock_is_held() {
	! flock --nonblock "$pins" true
}

# Ten datagrams to the protected port from the banned address.
knock() {
	# shellcheck disable=SC2016 # expanded by the other shell
	lab_in callers bash -c 'for n in {1..10}; do echo "knock $n" >"/dev/udp/$1/5060"; done' knock \
		"$LAB_SERVER"
	lab_sleep 0.2
}

test_open
lab_start_shield
lab_spawn ping "$LAB_ATTACK_CPU" callers ping -q -i 0.02 "$LAB_SERVER"
lab_sleep 3
same no-false-alarm "$(alarms BLIND) $(lab_status .blind)" "0 0"

begin=$(now_ms)
check blind-spot "the program was not replaced" "$LAB_BUILD/tools/blind" "$pins/link"
check blind-alarm "no alarm" lab_wait 15 said BLIND
at_most blind-alarm-ms $(($(now_ms) - begin)) 10000
same blind-status "$(enforcing)" "3 true null"
check blind-metric "sipshield_enforcing is not 0" \
	grep -q '^sipshield_enforcing 0' <(lab_shield metrics --dev "$LAB_DEV")
"$LAB_BUILD/tools/blind" "$pins/link" "$pins/ingress"
check blind-ends "the alarm stays" lab_wait 10 said "sees what the interface receives again"
same seeing-status "$(enforcing)" "0 false null"

lab_shield ban add "$banned" --ttl 10m --dev "$LAB_DEV" >/dev/null
knock
at_least banned "$(counted banned)" 10
kill -STOP "$LAB_AGENT"
begin=$(now_ms)
lab_shield bypass --dev "$LAB_DEV" --for 2s >/dev/null
at_most bypass-ms $(($(now_ms) - begin)) 1000
same bypass-status "$(enforcing)" "3 false set"
before=$(counted banned)
knock
at_least bypass-passes "$(counted bypass)" 10
same bypass-drops-nothing "$(counted banned)" "$before"
lab_sleep 2.2
knock
at_least bypass-ends-by-itself "$(counted banned)" $((before + 10))
# somebody hangs with the lock of all changes
flock --no-fork "$pins" sleep 60 &
holder=$!
lab_wait 5 lock_is_held
begin=$(now_ms)
lab_shield bypass "$LAB_DEV" >/dev/null
at_most bypass-locked-ms $(($(now_ms) - begin)) 1000
same bypass-locked "$(enforcing)" "3 false set"
kill "$holder"
lab_shield bypass "$LAB_DEV" --off >/dev/null
before=$(counted banned)
knock
at_least bypass-off "$(counted banned)" $((before + 10))
kill -CONT "$LAB_AGENT"
same bypass-too-long "$(lab_shield bypass "$LAB_DEV" --for 25h 2>/dev/null || echo $?)" 2
same bypass-recorded "$(jq -r 'select(.action | startswith("bypass")) | .action' "$LAB_STATE"/*.audit* | tail -n 2 |
	paste -sd ,)" "bypass,bypass off"
