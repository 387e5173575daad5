#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A server that can do less than the strangers' lane lets through, and answers 503 to the rest: the
# lane becomes as narrow as the server needs it, never less than the policy's minimum, and wider again
# when the server is well.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

capacity=100 # of the server, requests a second
minimum=40   # of the lane; it has 200 while the server is well

# The lab's registrar with a limit of its own, which can be lifted while it runs.
limited_registrar() {
	LAB_SOURCES=$(mktemp -d "${TMPDIR:-/tmp}/sipshield-slow.XXXXXX")
	cp -r "$LAB_TOP"/tools/lab.d/* "$LAB_SOURCES"
	sed -i -e '/^loadmodule "kex.so"/a loadmodule "ratelimit.so"' \
		-e '/^request_route/i modparam("ratelimit", "timer_interval", 1)' \
		-e '/^request_route/i modparam("ratelimit", "queue", "0:REGISTER")' \
		-e '/^request_route/i modparam("ratelimit", "pipe", "0:TAILDROP:100000")' \
		-e '/^route\[REGISTER\] {/a if (!rl_check()) { sl_send_reply("503", "Busy"); exit; }' \
		"$LAB_SOURCES/kamailio.cfg"
}

# follow SECONDS NAME: the lane's rate each second, in rates[] too
follow() {
	local rate

	for _ in $(seq "$1"); do
		lab_sleep 1
		rate=$(lab_shield status --json --dev "$LAB_DEV" | jq '.lanes.request.rate | floor')
		rates+=("$rate")
		echo "# $2: the lane of requests has $rate/s"
	done
}

least() {
	printf '%s\n' "${rates[@]}" | sort -n | head -n 1
}

limited_registrar
test_open
cat >"$LAB_DIR/slow.yaml" <<-END
	lanes:
	  minimum: 20%
END
lab_start_shield
lab_shield policy apply "$LAB_DIR/slow.yaml" --dev "$LAB_DEV" >/dev/null

# allow N: so many REGISTERs a second are not refused
allow() {
	lab_kamcmd rl.set_pipe 0 TAILDROP "$1" >/dev/null
}

lab_flood "$LAB_FORGED" 25 150
rates=()
follow 3 well
same wide-while-the-server-is-well "$(least)" 200

allow $capacity
rates=()
follow 6 busy
at_most as-narrow-as-needed "${rates[-1]}" $((capacity * 5 / 4))
at_least no-narrower "${rates[-1]}" $((capacity / 2))

allow 1
rates=()
follow 4 "almost down"
same never-less-than-the-minimum "$(least)" $minimum

allow 100000
rates=()
follow 5 "well again"
at_least grows-again "${rates[-1]}" $((minimum + 1))
check said "no line in the log" grep -q "the server does badly" "$LAB_DIR/shield.log"
rm -rf "$LAB_SOURCES"
