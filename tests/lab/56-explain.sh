#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A cracker is banned: `explain` says so, by which rule and on which packets, while the agent runs,
# without it, and after another one has taken over; ids go on. A ban that is lifted stays lifted.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

first=203.0.113.77 second=203.0.113.78
cracker=$first

# crack USER: guess passwords from the cracker's address.
crack() {
	lab_in attackers "$LAB_BUILD/tools/dance" crack --src "$cracker" --dst "$LAB_SERVER" \
		--users "$1" --tries 12 --gap 50 --patience 300 >"$LAB_DIR/dance.log" 2>&1
}

# explained FILTER: a value of `explain --json` of the cracker.
explained() {
	lab_shield explain "$cracker" --json --state-dir "$memory" --dev "$LAB_DEV" | jq -r "$1"
}

# explained_is FILTER VALUE
explained_is() {
	[[ $(explained "$1") = "$2" ]]
}

# last_ban FILTER: a value of the last step that is a ban.
last_ban() {
	explained "[.steps[] | select(.to | startswith(\"ban\"))] | last | $1"
}

test_open
lab_start_shield
memory=$LAB_STATE
same explain-stranger "$(explained .verdict.reason)" request
crack 1001
check explain-banned "reason is $(explained .verdict.reason)" \
	lab_wait 5 explained_is .verdict.reason banned
same explain-rule "$(last_ban .rule)" credentials
at_least explain-evidence "$(last_ban .evidence.count)" 6
at_least explain-packets \
	"$(last_ban '[.packets[] | select(.credentials and .status == 401)] | length')" 3
check explain-for-people "no line for a rejected password" \
	grep -qE '^ +[0-9:]+  REGISTER with credentials answered 401' \
	<(lab_shield explain "$cracker" --state-dir "$memory" --dev "$LAB_DEV")
id=$(last_ban .id)

lab_stop_shield
same explain-without-an-agent "$(explained '.verdict.reason') $(last_ban .id)" "banned $id"

lab_start_shield --state-dir "$memory"
lab_shield ban del "$cracker" --dev "$LAB_DEV" >/dev/null
check explain-lifted "reason is $(explained .verdict.reason)" \
	explained_is '.banned' false
at_least explain-grace "$(explained '.grace')" 500
crack 1001
same explain-grace-holds "$(explained .banned)" false

cracker=$second
crack 1002
check explain-banned-too "reason is $(explained .verdict.reason)" \
	lab_wait 5 explained_is .verdict.reason banned
at_least ids-go-on "$(last_ban .id)" $((id + 1))
