#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# A policy on trial ends at its deadline: while the agent lives, and when it is killed right after. A
# confirmed one stays. What was not confirmed does not come back when the agent is told to reload, is
# started anew or finds new maps.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

within=10 # seconds, the least that there is

# The source sends on and on; the policy on trial drops what the one before it lets through.
opened="allow: [ $LAB_FLOODER ]"
closed="deny: [ $LAB_FLOODER ]"

policy() {
	lab_shield policy "$@" --dev "$LAB_DEV" >>"$LAB_DIR/policy.log" 2>&1
}

try() {
	echo "$closed" >"$LAB_DIR/policy.yaml"
	policy apply "$LAB_DIR/policy.yaml" --confirm-within ${within}s
}

generation() {
	lab_status .policy.generation
}

# More packets have reached the server's stack than the argument says.
reached() {
	(($(lab_counted server flooder) > $1))
}

# passes NAME, drops NAME: one result each.
passes() {
	check "$1" "the packets are dropped" lab_wait 2 reached "$(lab_counted server flooder)"
}

drops() {
	local before
	lab_sleep 0.2 # what is on its way
	before=$(lab_counted server flooder)
	lab_sleep 0.4
	same "$1" $(($(lab_counted server flooder) - before)) 0
}

# reverts NAME COMMAND: tries a policy, calls the command at once, and waits for the one before it.
reverts() {
	local before began applied ended
	before=$(generation) began=$(now_ms)
	try
	applied=$(now_ms)
	"$2"
	same "$1-on-trial" $(($(generation) > before)) 1
	drops "$1-in-force"
	lab_wait $((2 * within)) reached "$(lab_counted server flooder)" || true
	ended=$(now_ms)
	at_least "$1-not-too-soon" $((ended - began)) $((within * 1000 - 1000))
	at_most "$1-not-too-late" $((ended - applied)) $((within * 1000 + 1000))
	same "$1-generation" "$(generation)" "$before"
}

nothing() {
	:
}

kill_agent() {
	kill -KILL "$LAB_AGENT"
	lab_await "$LAB_AGENT"
}

# says TEXT: the agent's log has it.
says() {
	grep -q "$1" "$LAB_DIR/shield.log"
}

test_open
LAB_POLICY=$opened
lab_start_shield
state=$LAB_STATE
lab_flood "$LAB_FLOODER" 120 200
passes before-any-trial

reverts agent-lives nothing
check revert-is-told "not a word of it in the log" lab_wait 3 says 'was not confirmed in time'
kill -HUP "$LAB_AGENT"
check reload-refused "no word of it in the log" lab_wait 3 says 'was not applied, .* not confirmed'
passes reload-changes-nothing

flock "$state/$LAB_DEV.policy-lock" sleep 1 &
changes=$!
lab_sleep 0.2
kill -HUP "$LAB_AGENT"
check reload-beside-a-change "no word of it in the log" lab_wait 3 says 'at this very moment'
wait $changes

try
kill -HUP "$LAB_AGENT"
check reload-waits "no word of it in the log" lab_wait 3 says 'waits to be confirmed'
at_least deadline-is-shown "$(lab_status '.policy.reverts_in | floor')" $((within - 4))
check confirm "it fails" policy confirm
same deadline-is-gone "$(lab_status .policy.reverts_in)" 0
drops confirmed-stays
check rollback "it fails" policy rollback
passes rolled-back
same rollback-only-once "$(policy rollback && echo twice || echo once)" once

reverts agent-killed kill_agent
# shellcheck disable=SC2034 # what lab_start_shield writes
LAB_POLICY=$closed
lab_start_shield --state-dir "$state"
passes new-agent-does-not-apply-it
lab_detach_shield
lab_start_shield --state-dir "$state"
passes nor-with-new-maps
lab_detach_shield
