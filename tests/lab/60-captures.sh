#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# Replays a collection of real captures, if there is one: honest sources lose nothing under the
# default policy; what hostile ones lose is a table to look at. It is a directory ($SIPSHIELD_CAPTURES, or
# captures/ in a directory `shared` beside the tree) with legit/, hostile/ and mixed/, *.pcap or
# *.pcap.xz, and a README.md with a table "| file | kind | hostile sources | honest sources | ...".
# The table names the honest sources of mixed/ and the trunks.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

captures=${SIPSHIELD_CAPTURES:-../shared/captures}
sipshield=${BUILD:-build}/sipshield
work=$(mktemp -d /tmp/sipshield-captures.XXXXXX)
trap 'rm -rf "$work"' EXIT

if [[ ! -d $captures/legit ]]; then
	echo "skip captures: there is no collection of captures; SIPSHIELD_CAPTURES names one"
	exit 0
fi
if ! command -v jq xz >/dev/null; then
	echo "skip captures: jq or xz is missing"
	exit 0
fi

# honest NAME: the honest sources of a file, one a line.
honest() {
	awk -F ' *[|] *' -v file="$1" '$2 == file { print $5 }' "$captures/README.md" |
		grep -oE '[0-9]+(\.[0-9]+){3}'
}

# What an operator would write for a capture: its trunk, whose address ends in .50, is a carrier.
policy() {
	[[ $1 == *trunk* ]] || return 0
	echo "carriers:"
	echo "  - {name: trunk, cps: 50, prefixes: [$(honest "$1" | grep '\.50$' | paste -sd,)]}"
}

# replay NAME: its summary is in $work/summary.
replay() {
	local file=$captures/$1

	if [[ -e $file.xz ]]; then
		xz -dc "$file.xz" >"$work/capture"
	else
		cp "$file" "$work/capture"
	fi
	policy "$1" >"$work/policy.yaml"
	"$sipshield" replay --json --policy "$work/policy.yaml" "$work/capture" 2>"$work/err" |
		tail -n 1 | jq .summary >"$work/summary"
}

# lost ADDRESS...: frames that these sources lost; without any: that all inbound ones lost.
lost() {
	jq --args '[.sources[] | select(($ARGS.positional | length) == 0
		or (.src | IN($ARGS.positional[]))) | .dropped] | add // 0' "$work/summary" "$@"
}

row() {
	jq -r --arg name "$1" '[$name, .in, .dropped, (.by_reason | to_entries
		| map("\(.key) \(.value)") | join(", "))] | @tsv' "$work/summary" |
		awk -F '\t' '{ printf "# %-60s %6d in %6d dropped  %s\n", $1, $2, $3, $4 }'
}

# judge NAME DROPPED: what honest sources lost must be nothing.
judge() {
	if [[ ! -s $work/summary ]]; then
		echo "not ok captures/$1: $(tail -n 1 "$work/err")"
	elif [[ $2 -ne 0 ]]; then
		echo "not ok captures/$1: honest sources lost $2 frames"
	else
		echo "ok captures/$1"
	fi
}

for file in "$captures"/{legit,mixed,hostile}/*.pcap*; do
	[[ -e $file ]] || continue
	name=${file#"$captures"/}
	name=${name%.xz}
	replay "$name"
	row "$name"
	case $name in
	legit/*) judge "$name" "$(lost)" ;;
	mixed/*)
		mapfile -t sources < <(honest "$name")
		judge "$name" "$(lost "${sources[@]}")"
		;;
	*) judge "$name" 0 ;;
	esac
done
