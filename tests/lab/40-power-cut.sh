#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# After a power cut 300 phones behind one address and 2,000 in one /24 register within 10 s. All of
# them are served within two minutes, and nobody is banned, neither as strangers nor when the shield
# remembers them from before its maps were made.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

all=$((POWER_OFFICE_PHONES + POWER_TOWN_HOSTS * POWER_TOWN_PORTS))

# back NAME: what became of them.
back() {
	same "$1/office" "$(power_back office)" "$POWER_OFFICE_PHONES"
	same "$1/town" "$(power_back "${POWER_NAMES[@]:1}")" $((all - POWER_OFFICE_PHONES))
	at_most "$1/seconds" "$POWER_TOOK" 120
	# with the budget of one phone for the whole office it is half of them
	at_most "$1/repeats" "$(power_count 'Retransmissions(C)' "${POWER_NAMES[@]}")" $((all / 20))
	echo "# $1: $POWER_TOOK s, dropped: $(lab_reasons)"
	same "$1/bans" "$(lab_shield ban list --json --dev "$LAB_DEV" | jq '.bans | length')" 0
}

test_open
power_build
lab_start_shield
power_cut 10
back strangers
at_least known-to-the-registrar "$(lab_registered)" $((all + LAB_PHONES + 1))
same office-trusted "$(lab_shield source show "$POWER_OFFICE" --json --dev "$LAB_DEV" |
	jq -r .standing)" trusted

state=$LAB_STATE
lab_detach_shield
lab_start_shield --state-dir "$state"
at_least remembered "$(lab_shield source list --json --dev "$LAB_DEV" |
	jq '[.sources[] | select(.proof.trusted_why == "restored")] | length')" $((POWER_TOWN_HOSTS + 1))
power_cut 10
back remembered
