#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Known phones keep calling under every attack at once, and without the shield they cannot.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

lab_run
trap test_end EXIT
lab_verdict || true

nearly_all=$((LAB_CALLS * 99 / 100)) nearly_none=$((LAB_CALLS * 15 / 100))
weak=300000 # packets a second: a flood that a server may survive by itself
same calls-without-attack "${LAB_RESULT[baseline.ok]}" "$LAB_CALLS"
for sources in flood forged; do
	if ((LAB_RESULT[$sources.pps] < weak)); then
		echo "skip calls-$sources-unprotected: the machine is busy, the flood had only" \
			"${LAB_RESULT[$sources.pps]} packets a second"
	else
		at_most "calls-$sources-unprotected" "${LAB_RESULT[$sources.ok]}" "$nearly_none"
	fi
	at_least "calls-$sources-protected" "${LAB_RESULT[$sources-shield.ok]}" "$nearly_all"
	# 19 or 20 of 20 with one retransmission each, 0.5 s after the first try; a machine that is busy
	# with other things loses some packets on the way
	at_least "newcomers-$sources-protected" "${LAB_RESULT[$sources-shield.newcomers]}" \
		$((LAB_NEWCOMERS * 80 / 100))
	at_most "newcomers-$sources-retransmissions" "${LAB_RESULT[$sources-shield.newretrans]}" \
		$((LAB_NEWCOMERS * 3))
	same "wrong-drops-$sources" "$(lab_wrong_drops "$sources-shield")" 0
done
same trusted-not-dropped "$(lab_dropped_of_trusted)" 0
same blamed-phones "$(lab_blamed_phones)" ""
same svcrack-unprotected "${LAB_RESULT[scan.svcrack]}" 1
same svcrack-protected "${LAB_RESULT[scan-shield.svcrack]}" 0
accounts=${LAB_RESULT[scan.svwar]}
at_most svwar-protected "${LAB_RESULT[scan-shield.svwar]}" $((accounts / 2))
