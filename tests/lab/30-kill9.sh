#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kill -9 of the agent during a flood: enforcement goes on, a ban holds and ends on time, and a new
# agent takes over what is pinned.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

ttl=8000 # of the ban, ms

link_id() {
	bpftool -j link show pinned "$LAB_PINS/link" | jq .id
}

# reached: packets of the flood that the server's stack has seen.
reached() {
	lab_counted server flooder
}

# Wait for the flood to get through; prints when, in ms, or 0 if it did not within MS.
wait_reached() {
	local before end=$(($(now_ms) + $1))

	before=$(reached)
	while (($(now_ms) < end)); do
		if (($(reached) > before)); then
			now_ms
			return
		fi
		lab_sleep 0.05
	done
	echo 0
}

# What is pinned answers with and without an agent: that it runs is told by its first round.
agent_runs() { [[ $(lab_status .agent.running) == true ]]; }

test_open
lab_start_shield
lab_register_phones
link=$(link_id)

lab_flood "$LAB_FLOODER" 60 100000
lab_sleep 1
lab_shield ban add "$LAB_FLOODER" --ttl $((ttl / 1000))s --dev "$LAB_DEV" >/dev/null
banned=$(now_ms)
lab_sleep 0.2
before=$(reached) dropped=$(lab_status .dropped)
kill -KILL "$LAB_AGENT"
lab_await "$LAB_AGENT"

lab_sipp calls call "$LAB_DIR/phones" 30 10
lab_await "$LAB_PID"
same calls-without-agent "$(lab_sipp_count calls 'SuccessfulCall(C)')" 30
at_least still-in-time "$((banned + ttl - $(now_ms)))" 1000
same banned-stays-dropped $(($(reached) - before)) 0
at_least still-dropping $(($(lab_status .dropped) - dropped)) 100000
same ban-listed-without-agent "$(lab_shield ban list --quiet --dev "$LAB_DEV")" "$LAB_FLOODER"

ended=$(wait_reached 10000)
at_least ban-not-too-short "$((ended - banned))" $((ttl - 500))
at_most ban-not-too-long "$((ended - banned))" $((ttl + 1500))

dropped=$(lab_status .dropped)
lab_start_shield
same same-link-after-restart "$(link_id)" "$link"
at_least counters-kept "$(lab_status .dropped)" "$dropped"
check agent-runs "the new agent has told of no round" lab_wait 10 agent_runs
lab_sipp again call "$LAB_DIR/phones" 20 10
lab_await "$LAB_PID"
same calls-with-the-new-agent "$(lab_sipp_count again 'SuccessfulCall(C)')" 20
