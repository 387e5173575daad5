#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# `capture` writes what the shield drops, each packet with its verdict, and counts as the shield does;
# Wireshark's tools and `replay` read it; another agent in between makes no gap. `mirror` sends
# dropped messages as HEP, which sngrep receives with the addresses of the original.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

HEP_PORT=19060
DROPS=$LAB_DIR/drops.pcapng
PASSES=$LAB_DIR/passes.pcapng
MIRRORED=$LAB_DIR/mirrored.pcap

# begin NAME COMMAND...: a verb that looks at packets, until it does. Sets LAB_PID.
begin() {
	local name=$1
	shift

	lab_spawn "$name" 0 server "$LAB_SIPSHIELD" "$@"
}

is_there() { [[ -s $1 ]]; }

# end PID: as an operator ends it.
end() {
	kill -INT "$1"
	lab_await "$1"
}

# Requests of tools' forms, dropped for their structure, and some that go over a budget.
attack() {
	lab_in attackers "$LAB_BUILD/tools/shapes" sippts-scan --src "$LAB_SVMAP" --dst "$LAB_SERVER" >/dev/null
	lab_in attackers "$LAB_BUILD/tools/shapes" mrsip --src "$LAB_SVWAR" --dst "$LAB_SERVER" >/dev/null
	lab_in router "$LAB_BUILD/tools/flood" --dev server --dst-mac "$LAB_ROUTER_MAC" \
		--dst "$LAB_SERVER" --src "$LAB_FLOODER" --method INVITE --count 200 --rate 1000 >/dev/null
}

dropped() { lab_status .dropped; }

# comments FILE: a line for each packet.
comments() { tshark -r "$1" -T fields -e frame.comment 2>/dev/null; }

reasons_counted() {
	lab_shield status --json --dev "$LAB_DEV" | jq -r '.reasons[]?, (.by_reason | to_entries[]
		| {name: .key, packets: .value}) | select(.packets > 0) | "\(.name) \(.packets)"' | sort -u
}

# Of each reason as many packets in the file as the shield has counted.
agrees() {
	local reason n wrong=

	while read -r n reason; do
		[[ $(reasons_counted) == *"$reason $n"* ]] || wrong+="$reason $n "
	done < <(comments "$DROPS" | sed -n 's/^drop: \([a-z-]*\): .*/\1/p' | sort | uniq -c)
	echo "$wrong"
}

test_open
lab_start_shield
begin capture capture -w "$DROPS" --dev "$LAB_DEV" --json
CAPTURE=$LAB_PID
begin passes capture -w "$PASSES" --dev "$LAB_DEV" --verdict pass --src 198.51.100.0/24
PASSING=$LAB_PID
lab_spawn sngrep 0 server env TERM=xterm sngrep -N -q -L "udp:127.0.0.1:$HEP_PORT" -O "$MIRRORED"
SNGREP=$LAB_PID
begin mirror mirror "127.0.0.1:$HEP_PORT" --dev "$LAB_DEV"
MIRROR=$LAB_PID
lab_wait 10 is_there "$DROPS" || lab_die "capture did not begin: $(tail -n 2 "$LAB_DIR/capture.log")"
lab_wait 10 grep -q 'as HEP' "$LAB_DIR/mirror.log" || lab_die "mirror did not begin"

lab_register_phones
attack
FIRST=$(dropped)
at_least tools-are-dropped "$FIRST" 100
# another agent: the same maps, other programs
kill -KILL "$LAB_AGENT"
lab_await "$LAB_AGENT"
lab_spawn shield-again 0 server "$LAB_SIPSHIELD" run "$LAB_DEV" --policy "$LAB_DIR/policy.yaml" \
	--state-dir "$LAB_STATE"
LAB_AGENT=$LAB_PID
lab_wait 10 grep -q 'taken over' "$LAB_DIR/shield-again.log" || lab_die "the second agent did not start"
attack
at_least tools-are-dropped-again "$(dropped)" $((FIRST + 100))
sleep 0.5
end "$CAPTURE"
end "$PASSING"
end "$MIRROR"
end "$SNGREP"

same every-drop-is-written "$(comments "$DROPS" | grep -c '^drop: ')" "$(dropped)"
same reasons-agree "$(agrees)" ""
same counts-in-json "$(sed -n '/^{/,$p' "$LAB_DIR/capture.log" | jq .dropped)" "$(dropped)"
same no-pass-among-drops "$(comments "$DROPS" | grep -vc '^drop: ')" 0
same xdp-verdict "$(tshark -r "$DROPS" -T fields -e frame.verdict.ebpf_xdp 2>/dev/null | sort -u)" 1
check capinfos "capinfos does not read it" capinfos "$DROPS" >/dev/null
at_least phones-are-written "$(comments "$PASSES" | grep -c '^pass: .*REGISTER')" 20
same only-the-phones "$(tshark -r "$PASSES" -T fields -e ip.src 2>/dev/null |
	grep -vc '^198\.51\.100\.' || true)" 0
same mode-of-the-file "$(stat -c %a "$DROPS")" 600
same replayed "$("$LAB_SIPSHIELD" replay --json --local "$LAB_SERVER" "$DROPS" | tail -n 1 |
	jq .summary.inspected)" "$(dropped)"
at_least mirrored "$(tshark -r "$MIRRORED" -Y "sip && ip.dst == $LAB_SERVER && udp.dstport == 5060" \
	-T fields -e ip.src 2>/dev/null | grep -cE "^($LAB_SVMAP|$LAB_SVWAR)$")" 20
lab_detach_shield
same needs-a-shield "$(lab_shield capture -w "$LAB_DIR/none" --dev "$LAB_DEV" &>/dev/null || echo $?)" 3
