#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Standing outlives the kernel's maps: phones registered, then the shield was detached and started
# again. With its state directory it knows them, and they call while the strangers' lane is shut;
# with an empty one they are strangers. A damaged file harms nobody.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

calls=20

# remembered: how many of the phones are said to be trusted from before.
remembered() {
	lab_shield source list --json --dev "$LAB_DEV" |
		jq '[.sources[] | select(.standing == "trusted" and .proof.trusted_why == "restored")] | length'
}

# call_through_shut_lane NAME: calls of known phones that succeed while strangers get nothing.
call_through_shut_lane() {
	local lanes

	lanes=$(printf '%s: {rate: 1/m, burst: 1}, ' request return repeat)
	echo "lanes: {${lanes%, }}" >"$LAB_DIR/policy.yaml"
	lab_shield policy apply "$LAB_DIR/policy.yaml" --dev "$LAB_DEV" >/dev/null
	lab_sipp "$1" call "$LAB_DIR/phones" "$calls" 10
	lab_await "$LAB_PID"
	lab_sipp_count "$1" 'SuccessfulCall(C)'
}

test_open
lab_start_shield
memory=$LAB_STATE
saved=$memory/$LAB_DEV.standing
lab_register_phones
same nobody-is-remembered-at-first "$(remembered)" 0
lab_detach_shield
check saved-at-the-end "no file $saved" test -s "$saved"
cp "$saved" "$LAB_DIR/saved"

lab_start_shield --state-dir "$memory"
at_least phones-remembered "$(remembered)" "$LAB_PHONES"
same calls-of-remembered-phones "$(call_through_shut_lane remembered)" "$calls"
lab_detach_shield

lab_start_shield
same nothing-to-remember "$(remembered)" 0
at_most calls-of-forgotten-phones "$(call_through_shut_lane forgotten)" 2
lab_detach_shield

printf 'x' | dd of="$LAB_DIR/saved" bs=1 seek=40 conv=notrunc status=none
cp "$LAB_DIR/saved" "$saved"
lab_start_shield --state-dir "$memory"
same damaged-file-not-believed "$(remembered)" 0
check damaged-file-is-named "not a word of it in the log" \
	grep -q "$saved is damaged" "$LAB_DIR/shield.log"
check damaged-file-put-aside "no file $saved.damaged" cmp -s "$LAB_DIR/saved" "$saved.damaged"
lab_detach_shield
