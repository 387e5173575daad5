#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# A million forged sources and tables that are full: whoever looks at the figures still has them at
# once, from the agent's census, and counts himself when there is no agent.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

port=9479

# scrape_ms: how long the metrics take, the best of ten: others use this machine, too.
scrape_ms() {
	for _ in {1..10}; do
		lab_in server curl --silent --output /dev/null --write-out '%{time_total}\n' \
			"http://127.0.0.1:$port/metrics"
	done | sort -n | awk 'NR == 1 { printf "%.0f\n", $1 * 1000 }'
}

# value SERIES
value() {
	lab_in server curl --silent "http://127.0.0.1:$port/metrics" |
		awk -v series="$1" '$1 == series { print $2 }'
}

counted_by() {
	[[ $(lab_status .census.by) = "$1" ]]
}

standing_is() {
	[[ $(lab_status .standing) -ge $1 ]]
}

test_open
lab_start_shield --metrics-port $port
# a whole walk over full tables takes the agent eight rounds: it goes on beside the flood
check tables-filled "cannot fill them" "$LAB_BUILD/tools/fill" "$LAB_DEV"
lab_forge 10.0.0.0/8 20 --sources 1000000 --count 1100000 --rate 200000
lab_await "$LAB_PID"
at_least sources-seen "$(jq .sent "$LAB_DIR/flood.log")" 1000000
# the least used entry of a table that is full makes room, so that not each of 131,072 is taken
lab_wait 40 standing_is 120000 || true
at_least census-counts-all "$(lab_status .standing)" 120000
check census-by-the-agent "by $(lab_status .census.by)" lab_wait 5 counted_by agent
same bans-in-the-metrics "$(value sipshield_bans)" "$(lab_status .bans)"
at_least bans "$(lab_status .bans)" 65000
at_least suspects "$(lab_status .suspects)" 8000
took=$(scrape_ms)
echo "# a scrape with full tables: $took ms"
at_most scrape-ms "$took" 50
round=$(awk '{ print $14 + $15 }' "/proc/$LAB_AGENT/stat")
lab_sleep 3
echo "# the agent's rounds: $((($(awk '{ print $14 + $15 }' "/proc/$LAB_AGENT/stat") - round) * 1000 /
	$(getconf CLK_TCK) / 3)) ms of CPU time a second"

lab_stop_shield
same counted-without-an-agent "$(lab_status .census.by) $(lab_status '.bans')" \
	"reader $(lab_shield ban list --json --dev "$LAB_DEV" | jq '.bans | length')"
