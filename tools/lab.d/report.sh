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
	local text=$*

	if [[ -t 1 ]]; then
		printf '\r\033[K%s' "${text:0:$(tput cols 2>/dev/null || echo 80)}"
		LAB_PROGRESS=1
	else
		echo "$text"
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

# Why packets were dropped, the most frequent reason first.
lab_reasons() {
	lab_shield status --dev "$LAB_DEV" |
		awk '$2 == "drop" { printf "%s%s %s", sep, $3, $1; sep = ", " }'
}

# The same in short, for the live line.
lab_top_reasons() {
	lab_shield status --dev "$LAB_DEV" |
		awk '$2 == "drop" && n++ < 3 { printf "%s %s %.1f M", sep, $3, $1 / 1e6; sep = "," }'
}

# lab_watch PHASE JOB...: live numbers once a second until all these processes have ended.
lab_watch() {
	local phase=$1 start=${EPOCHREALTIME/./} now before=${EPOCHREALTIME/./} sent wire line pid busy=1
	shift

	sent=$(lab_wire)
	while ((busy)); do
		lab_sleep 1
		now=${EPOCHREALTIME/./} wire=$(lab_wire)
		line=$(printf '%-13s %2d s %3d calls ok %3d failed  %s Mpps' "$phase" \
			$(((now - start) / 1000000)) \
			"$(lab_sipp_count "$phase" 'SuccessfulCall(C)')" \
			"$(lab_sipp_count "$phase" 'FailedCall(C)')" \
			"$(lab_mega $(((wire - sent) * 1000000 / (now - before))))")
		before=$now sent=$wire
		if [[ -n $LAB_AGENT ]]; then
			line+="  dropped$(lab_top_reasons)"
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
	lab_row 'packets of the tools, at the server' tools "${phases[@]}"
	lab_row 'packets of known phones that got lost' lost "${phases[@]}"
	lab_row 'all packets lost in a full receive queue' overruns "${phases[@]}"
	printf '\n%-40s %25s %25s\n' 'scanners alone' 'without the shield' 'with the shield'
	lab_scan_row 'svmap: servers found' svmap
	lab_scan_row 'svwar: accounts found' svwar
	lab_scan_row 'svcrack: passwords found' svcrack
}

lab_scan_row() {
	printf '%-40s %25s %25s\n' "$1" "${LAB_RESULT[scan.$2]}" "${LAB_RESULT[scan-shield.$2]}"
}

# Packets of known phones that the shield dropped in a phase: those that left the phones and never
# reached the server's stack, unless the receive queue before the shield was full at the time.
lab_wrong_drops() {
	local lost=${LAB_RESULT[$1.lost]} overruns=${LAB_RESULT[$1.overruns]}

	echo $((lost > overruns ? lost - overruns : 0))
}

# The verdict: every line here is a promise; the exit status is 1 if one is broken.
lab_verdict() {
	local phase failed=0 wrong

	echo
	echo "dropped by reason: $(lab_reasons)"
	for phase in flood-shield forged-shield; do
		if ((LAB_RESULT[$phase.ok] * 100 < LAB_CALLS * 99)); then
			echo "FAILED: $phase: ${LAB_RESULT[$phase.ok]} of $LAB_CALLS calls succeeded"
			failed=1
		fi
		wrong=$(lab_wrong_drops "$phase")
		if ((wrong)); then
			echo "FAILED: $phase: $wrong packets of known phones were dropped"
			failed=1
		fi
	done
	wrong=$(lab_dropped_of_trusted)
	if [[ $wrong != 0 ]]; then
		echo "FAILED: the shield dropped $wrong packets of trusted sources"
		failed=1
	fi
	wrong=$(lab_blamed_phones)
	if [[ -n $wrong ]]; then
		echo "FAILED: the shield holds known phones for suspects: $wrong"
		failed=1
	fi
	((failed)) || echo "known phones kept calling, and the shield dropped none of their packets"
	return "$failed"
}
