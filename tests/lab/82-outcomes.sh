#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# Attackers that write as phones do, live: they are told by what becomes of their requests. A cracker
# gets no more than six rejections and is banned; a phone with a wrong password and an office with a
# scanner inside are not, and those beside them lose no packet; nor does somebody in whose name
# another one sends. The same scenes are replayed, with more of them, by tests/prog/scenarios.c.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"
# shellcheck source=tests/lab/outcomes.bash
. "$LAB_TOP/tests/lab/outcomes.bash"

# banned ADDRESS: is there a ban?
banned() {
	lab_shield ban list --json --dev "$LAB_DEV" | jq -e --arg src "$1" \
		'[.bans[].src] | index($src) != null' >/dev/null
}

not_banned() {
	! banned "$1"
}

# unharmed NAME COUNT: all registrations of a dancer succeeded, a challenge and an answer each. A
# machine that is busy makes it repeat a few; that none is lost, the replay of the scene tells.
unharmed() {
	same "$1/accepted" "$(danced "$1" accepted)" "$2"
	at_most "$1/sent" "$(danced "$1" sent)" $((2 * $2 + 1 + $2 / 10))
}

# cracked ACT ADDRESS: what a cracker got.
cracked() {
	at_most "$1/rejections" "$(danced "$1" rejected)" 6
	at_least "$1/silence" "$(danced "$1" silent)" 1
	check "$1/banned" "there is no ban" lab_wait 10 banned "$2"
	unharmed home 3
}

test_open
lab_start_shield

scene_cracker crack "$OUTCOME_CRACKER" 10
cracked crack "$OUTCOME_CRACKER"
scene_cracker svcrack "$OUTCOME_SVCRACK" 10
cracked svcrack "$OUTCOME_SVCRACK"

scene_mistyped 2,2
unharmed neighbours 90
at_least mistyped/rejected "$(danced mistyped rejected)" 1
check mistyped/not-banned "its address is banned" not_banned "$OUTCOME_MISTYPED"

scene_forged
unharmed victim 3
check victim/not-banned "it is banned" not_banned "$OUTCOME_VICTIM"

scene_office 1500-1501 20
unharmed office 60
at_least office/scanner-silenced "$(danced scanner silent)" 1
same office/tool-answers "$(danced tool answers)" 0
check office/not-banned "its address is banned" not_banned "$OUTCOME_OFFICE"

scene_directory
check directory/banned "there is no ban" lab_wait 10 banned "$OUTCOME_DIRECTORY"
same nobody-else-banned "$(lab_shield ban list --json --dev "$LAB_DEV" | jq '.bans | length')" 3
