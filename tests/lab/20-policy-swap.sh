#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# 200 changes of policy under load lose no packet, and no packet sees half of two policies.
#
# Two sources send to two ports. Policy A protects port 5080, on which it allows one and denies the
# other; policy B protects port 5070 with the parts swapped. Each lets everything pass: what it denies
# goes to the port that it does not protect. One's ports with the other's prefixes would drop.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

first=203.0.113.70 second=203.0.113.71 rate=20000 changes=200

# policy FILE PORT ALLOWED DENIED
policy() {
	cat >"$LAB_DIR/$1" <<-END
		listeners:
		  - { transport: udp, port: 5060 }
		  - { transport: udp, port: $2 }
		allow: [ $3 ]
		deny: [ $4 ]
	END
}

# send NAME SOURCE PORT SECONDS: paced, so that the receive queue never runs over.
send() {
	lab_spawn "$1" "$LAB_ATTACK_CPU" router "$LAB_BUILD/tools/flood" --dev server \
		--dst-mac "$LAB_ROUTER_MAC" --dst "$LAB_SERVER" --src "$2" --dport "$3" \
		--rate "$rate" --seconds "$4"
}

apply() {
	lab_shield policy apply "$LAB_DIR/$1" --dev "$LAB_DEV" >>"$LAB_DIR/apply.log" 2>&1
}

# lost NAME: packets that were sent and never reached the server's stack.
lost() {
	echo $(($(jq .sent "$LAB_DIR/$1.log") - $(lab_counted server "$1")))
}

test_open
lab_in server nft -f - <<-END
	add counter inet lab first
	add counter inet lab second
	insert rule inet lab in ip saddr $first counter name first
	insert rule inet lab in ip saddr $second counter name second
END
policy a 5080 "$second" "$first"
policy b 5070 "$first" "$second"
policy mixed 5070 "$second" "$first"
lab_start_shield
lab_register_phones
apply a
generation=$(lab_status .policy.generation)
dropped=$(lab_status .dropped) overruns=$(lab_overruns)

send first "$first" 5070 60
one=$LAB_PID
send second "$second" 5080 60
two=$LAB_PID
lab_sipp calls call "$LAB_DIR/phones" 40 5
calls=$LAB_PID
for ((i = 0; i < changes; i += 2)); do
	apply b || break
	apply a || break
done
same changes-applied $(($(lab_status .policy.generation) - generation)) "$changes"
kill -INT "$one" "$two"
lab_await "$one" "$two" "$calls"

same packets-dropped $(($(lab_status .dropped) - dropped)) 0
overruns=$(($(lab_overruns) - overruns))
at_most packets-lost \
	$(($(lost first) + $(lost second))) "$overruns"
same calls-meanwhile "$(lab_sipp_count calls 'SuccessfulCall(C)')" 40

# The control: with a mixture in force the same packets are dropped, so it would have been seen.
apply mixed
dropped=$(lab_status .dropped)
send control "$first" 5070 1
lab_await "$LAB_PID"
at_least mixture-would-drop $(($(lab_status .dropped) - dropped)) "$((rate / 2))"
