# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# The phases of a run: the same calls without attack, under attack, and under attack with the shield.

LAB_CALLS=100      # calls of known phones in a phase
LAB_CALL_RATE=15   # a second
LAB_NEWCOMERS=20   # phones that were never seen before and register during a flood
LAB_SCAN_SECONDS=7 # what the scanners get to finish

declare -A LAB_RESULT # PHASE.NAME -> value
LAB_COUNTERS=(phones tools flooder forged) # of the server's stack, see lab_counters

# Set LAB_NOW to what the phones sent, what reached the server of whom, what the wire carried and
# what it lost, in this order.
lab_read() {
	local name

	LAB_NOW=("$(lab_counted callers phones)")
	for name in "${LAB_COUNTERS[@]}"; do
		LAB_NOW+=("$(lab_counted server "$name")")
	done
	LAB_NOW+=("$(lab_wire)" "$(lab_overruns)")
}

# What the phase will be measured from.
lab_mark() {
	lab_read
	LAB_BEFORE=("${LAB_NOW[@]}")
	LAB_START=${EPOCHREALTIME/./}
}

# lab_tally PHASE: what happened since lab_mark.
lab_tally() {
	local phase=$1 name i=0 took=$((${EPOCHREALTIME/./} - LAB_START))

	lab_read
	for name in sent "${LAB_COUNTERS[@]}" wire overruns; do
		LAB_RESULT[$phase.$name]=$((LAB_NOW[i] - LAB_BEFORE[i]))
		i=$((i + 1))
	done
	# the server may also get what was on its way before: then nothing was lost
	LAB_RESULT[$phase.lost]=$((LAB_RESULT[$phase.sent] > LAB_RESULT[$phase.phones] ?
		LAB_RESULT[$phase.sent] - LAB_RESULT[$phase.phones] : 0))
	LAB_RESULT[$phase.pps]=$((LAB_RESULT[$phase.wire] * 1000000 / took))
	LAB_RESULT[$phase.ok]=$(lab_sipp_count "$phase" 'SuccessfulCall(C)')
	LAB_RESULT[$phase.retrans]=$(lab_sipp_count "$phase" 'Retransmissions(C)')
	LAB_RESULT[$phase.newcomers]=$(lab_sipp_count "$phase.new" 'SuccessfulCall(C)')
	LAB_RESULT[$phase.newretrans]=$(lab_sipp_count "$phase.new" 'Retransmissions(C)')
}

# lab_phase PHASE [SOURCES]: calls of the known phones; with SOURCES (flooder or forged) while the
# scanners and a flood from there go on.
lab_phase() {
	local phase=$1 sources=${2-} jobs=()

	lab_mark
	if [[ -n $sources ]]; then
		lab_scan_forever
		lab_flood "$sources" 60
		sleep 1
		lab_sipp "$phase.new" register "$LAB_DIR/newcomers.$phase" "$LAB_NEWCOMERS" 4
		jobs+=("$LAB_PID")
	fi
	lab_sipp "$phase" call "$LAB_DIR/phones" "$LAB_CALLS" "$LAB_CALL_RATE"
	jobs+=("$LAB_PID")
	lab_watch "$phase" "${jobs[@]}"
	lab_tally "$phase"
	lab_end_attacks
}

# lab_scan_phase PHASE: the scanners alone, with time to finish, and what they found.
lab_scan_phase() {
	local phase=$1 second

	lab_scan
	for ((second = 1; second <= LAB_SCAN_SECONDS; second++)); do
		lab_sleep 1
		lab_progress "$(printf '%-22s %2d s  svmap, svwar and svcrack at work' "$phase" "$second")"
		lab_attacks_ended && break
	done
	lab_end_attacks
	lab_progress_end
	LAB_RESULT[$phase.svmap]=$(grep -c "$LAB_SERVER:5060" "$LAB_DIR/svmap.log" || true)
	LAB_RESULT[$phase.svwar]=$(grep -c reqauth "$LAB_DIR/svwar.log" || true)
	LAB_RESULT[$phase.svcrack]=$(grep -c '| 1234 ' "$LAB_DIR/svcrack.log" || true)
}


# The whole demonstration. LAB_RESULT has what was measured.
lab_run() {
	lab_say "lab: a Kamailio registrar at $LAB_SERVER, $LAB_PHONES phones, attackers; removed at the end"
	lab_open
	lab_say "== without attack"
	lab_phase baseline
	lab_say "== attacks without the shield"
	lab_scan_phase scan
	lab_phase flood "$LAB_FLOODER"
	lab_phase forged "$LAB_FORGED"
	lab_say "== the same attacks with the shield on $LAB_DEV"
	lab_start_shield
	lab_say "shield: $(lab_status .mode) mode, policy generation $(lab_status .policy.generation)"
	lab_register_phones
	lab_scan_phase scan-shield
	lab_phase flood-shield "$LAB_FLOODER"
	lab_phase forged-shield "$LAB_FORGED"
	lab_table
}
