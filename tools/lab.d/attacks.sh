# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# The attacks: the tools that real attackers use, and floods as strong as one core can send.

# SIPVicious binds to any address whatever it is told, so each tool has a source port of its own,
# and the attackers' namespace gives each port an address of its own. Floods do not come this way.
LAB_SVMAP=203.0.113.11
LAB_SVWAR=203.0.113.12
LAB_SVCRACK=203.0.113.13

lab_attack_addresses() {
	lab_in attackers nft -f - <<-END
		table ip lab {
			chain out { type nat hook postrouting priority 100;
				udp sport 5061 snat to $LAB_SVMAP:5060
				udp sport 5062 snat to $LAB_SVWAR:5060
				udp sport 5063 snat to $LAB_SVCRACK:5060
			}
		}
	END
}

# lab_attack NAME COMMAND...: run an attacker's tool in the background on the attack's core.
lab_attack() {
	local name=$1
	shift
	# a background job ignores SIGINT, which SIPVicious wants in order to print what it found
	lab_spawn "$name" "$LAB_ATTACK_CPU" attackers env HOME="$LAB_DIR" \
		--default-signal=INT "$@"
}

# The scanners: who is there, which accounts exist, what is the password of account 300.
lab_scan() {
	lab_attack svmap svmap -P 5061 192.0.2.0/28
	lab_attack svwar svwar -P 5062 -e 970-1049 "$LAB_SERVER"
	lab_attack svcrack svcrack -P 5063 -u 300 -r 1150-1350 "$LAB_SERVER"
}

# Scanners that go on and on, a sipsak flood and a SIPp flood.
lab_scan_forever() {
	lab_attack svmap2 sh -c "while :; do svmap -P 5061 192.0.2.0/28; done"
	lab_attack svwar2 sh -c "while :; do svwar -P 5062 -e 1000-9999 $LAB_SERVER; done"
	lab_attack svcrack2 sh -c "while :; do svcrack -P 5063 -u 1001 -r 1000-9999 $LAB_SERVER; done"
	lab_attack sipsak sh -c \
		"while :; do sipsak -F -e 1000 -s sip:1001@$LAB_SERVER; sleep 0.1; done"
	lab_attack sippflood sipp "$LAB_SERVER" -sf "$LAB_SOURCES/sipp/attack.xml" -max_socket 4000 \
		-i 203.0.113.14 -p 5064 -r 500 -m 1000000 -nostdin
}

# lab_forge SOURCES SECONDS [OPTION...]: frames with forged sources, put on the server's wire.
lab_forge() {
	local sources=$1 seconds=$2
	shift 2

	lab_spawn flood "$LAB_ATTACK_CPU" router "$LAB_BUILD/tools/flood" --dev server \
		--dst-mac "$LAB_ROUTER_MAC" --dst "$LAB_SERVER" --src "$sources" \
		--seconds "$seconds" --seed "$SRANDOM" "$@"
}

# lab_flood SOURCES SECONDS [RATE]: as fast as one core can, if there is no RATE.
lab_flood() {
	lab_forge "$1" "$2" --method REGISTER --rate "${3:-0}"
}

# All that runs in the attackers' and the router's namespaces is an attack. SIPVicious prints what
# it found when it gets SIGINT.
lab_end_attacks() {
	local ns signal

	for signal in INT TERM KILL; do
		for ns in attackers router; do
			# shellcheck disable=SC2046 # one word for each process
			kill -"$signal" $(ip netns pids "$LAB_NET-$ns") 2>/dev/null || true
		done
		lab_wait 1 lab_attacks_ended && break
	done
}

lab_attacks_ended() {
	[[ -z $(ip netns pids "$LAB_NET-attackers"; ip netns pids "$LAB_NET-router") ]]
}
