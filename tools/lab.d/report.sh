# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# What is shown while a run goes on, the table at its end and the verdict.

lab_say() {
	lab_progress_end
	echo "$*"
}

# lab_progress TEXT: on a terminal one line that is written over, else a line for each.
lab_progress() {
	if [[ -t 1 ]]; then
		printf '\r\033[K%s' "$*"
		LAB_PROGRESS=1
	else
		echo "$*"
	fi
}

lab_progress_end() {
	[[ -z ${LAB_PROGRESS-} ]] || printf '\r\033[K'
	LAB_PROGRESS=
}

# lab_mega N: N packets in millions, with two digits.
lab_mega() {
	printf '%d.%02d' $(($1 / 1000000)) $(($1 % 1000000 / 10000))
}

# What the router put on the server's wire so far.
lab_wire() {
	ip -j -s -n "$LAB_NET-router" link show server | jq '.[0].stats64.tx.packets'
}

lab_reasons() {
	lab_shield status --json --dev "$LAB_DEV" 2>/dev/null | jq -r '
		(.by_reason // {}) | to_entries | map(select(.value > 0)) | sort_by(-.value)
		| map("\(.key) \(.value)") | join(", ")'
}

# lab_watch PHASE JOB...: live numbers once a second until all these processes have ended.
lab_watch() {
	local phase=$1 wire before after line second=0 pid busy=1
	shift

	before=$(lab_wire)
	while ((busy)); do
		lab_sleep 1
		after=$(lab_wire)
		wire=$((after - before)) before=$after second=$((second + 1))
		line=$(printf '%-22s %2d s  calls %3d ok %3d failed  %s Mpps' "$phase" "$second" \
			"$(lab_sipp_count "$phase" 'SuccessfulCall(C)')" \
			"$(lab_sipp_count "$phase" 'FailedCall(C)')" "$(lab_mega "$wire")")
		if [[ -n $LAB_AGENT ]]; then
			line+=$(printf '  dropped %s M' "$(lab_mega "$(lab_status .dropped)")")
		fi
		lab_progress "$line"
		busy=0
		for pid in "$@"; do
			[[ -e /proc/$pid ]] && busy=1
		done
	done
	lab_progress_end
}

# lab_row TEXT NAME PHASE...: one line of the table.
lab_row() {
	local text=$1 name=$2 phase
	shift 2

	printf '%-40s' "$text"
	for phase in "$@"; do
		printf ' %12s' "${LAB_RESULT[$phase.$name]:--}"
	done
	echo
}

lab_table() {
	local phases=(baseline flood forged flood-shield forged-shield)

	printf '\n%-40s %12s %25s %25s\n' '' 'no attack' 'without the shield' 'with the shield'
	printf '%-40s %12s %12s %12s %12s %12s\n' '' '' 'one source' 'forged' 'one source' 'forged'
	lab_row "calls of $LAB_PHONES known phones, of $LAB_CALLS" ok "${phases[@]}"
	lab_row "new phones that registered, of $LAB_NEWCOMERS" newcomers "${phases[@]}"
	lab_row 'retransmissions of the callers' retrans "${phases[@]}"
	lab_row 'packets a second on the wire' pps "${phases[@]}"
	lab_row 'packets of the flood, at the server' flooder "${phases[@]}"
	lab_row 'packets of forged sources, at the server' forged "${phases[@]}"
	lab_row 'packets of the tools, at the server' attackers "${phases[@]}"
	lab_row 'packets of callers lost on the way' lost "${phases[@]}"
	printf '\n%-40s %25s %25s\n' 'scanners alone' 'without the shield' 'with the shield'
	lab_scan_row 'svmap: servers found' svmap
	lab_scan_row 'svwar: accounts found' svwar
	lab_scan_row 'svcrack: passwords found' svcrack
}

lab_scan_row() {
	printf '%-40s %25s %25s\n' "$1" "${LAB_RESULT[scan.$2]}" "${LAB_RESULT[scan-shield.$2]}"
}

# The verdict: every line here is a promise; the exit status is 1 if one is broken.
lab_verdict() {
	local phase failed=0 wrong

	wrong=$(lab_dropped_of_callers)
	echo
	echo "dropped by reason: $(lab_reasons)"
	for phase in flood-shield forged-shield; do
		((LAB_RESULT[$phase.ok] * 100 >= LAB_CALLS * 99)) && continue
		echo "FAILED: $phase: ${LAB_RESULT[$phase.ok]} of $LAB_CALLS calls of known phones succeeded"
		failed=1
	done
	if ((wrong)); then
		echo "FAILED: the shield dropped $wrong packets of the callers"
		failed=1
	fi
	((failed)) || echo "known phones kept calling; no packet of a caller was dropped by the shield"
	return "$failed"
}
