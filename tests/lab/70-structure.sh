#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# Attack tools, real ones and imitations, each from an address of its own. First without the shield
# and with a server that answers, so that they do all they can; what was on the wire is then judged
# by `replay`. Then with the shield on the wire. Every request of theirs is dropped from the first
# on, for structure and never for a rate, and the server's stack sees none of them.
#
# docs/structure.md says which check catches which tool; its table is what is expected here.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

TABLE=$LAB_TOP/docs/structure.md
SECONDS_EACH=12 # at most, for each tool
ZMAP_TEMPLATE=/usr/share/doc/zmap/examples/udp-probes/sip_options.tpl
AGENT="Desk Phone 4.2"

declare -A TOOL_OF # address -> tool
declare -A REASONS # tool -> the checks that may name it
declare -A COUNT   # "TOOL frames", "TOOL passed", "TOOL odd": frames of one pass
TOOLS=()           # in order
NEXT=0

# What the table of the manual says of a tool: the name before the first hyphen.
reasons_of() {
	awk -F ' *[|] *' -v tool="${1%%-*}" '$2 ~ "^" tool "( |$)" { print $4 }' "$TABLE" | tr -d '`,'
}

# tool NAME: gives it an address of each family. Sets SRC4 and PORT, which stands for both.
tool() {
	NEXT=$((NEXT + 1))
	SRC4=203.0.113.$((NEXT + 10)) PORT=$((6000 + NEXT))
	TOOL_OF[$SRC4]=$1 TOOL_OF[2001:db8:113::$((NEXT + 10))]=$1
	TOOLS+=("$1")
	REASONS[$1]=$(reasons_of "$1")
	lab_in attackers nft -f - <<-END
		add rule inet structure out meta nfproto ipv4 udp sport $PORT snat ip to $SRC4:5060
		add rule inet structure out meta nfproto ipv6 udp sport $PORT \
			snat ip6 to [2001:db8:113::$((NEXT + 10))]:5060
	END
}

# start NAME COMMAND...: an attacker's tool for a few seconds, on any core: nothing is measured.
start() {
	local name=$1
	shift
	lab_spawn "$name" "0-$(($(nproc) - 1))" attackers env HOME="$LAB_DIR" --default-signal=INT \
		timeout -s INT -k 1 "$SECONDS_EACH" "$@"
}

# SIPVicious, and the same with one word of its source changed, as those do who know filters.
sipvicious() {
	local how=$1 dir=/usr/share/sipvicious
	shift

	if [[ $how == agent ]]; then
		dir=$LAB_DIR/sipvicious
		[[ -d $dir ]] || cp -r /usr/share/sipvicious "$dir"
		sed -i "s/friendly-scanner/$AGENT/" "$dir/sipvicious/libs/svhelper.py"
	fi
	start "$TOOL" python3 "$dir/sipvicious_$1" "${@:2}"
}

# All SIPVicious tools in one way: plain, agent, compact, ipv6, or all three at once.
all_sipvicious() {
	local way=$1 how=plain target=$LAB_SERVER options=()

	[[ $way == agent || $way == all ]] && how=agent
	[[ $way == compact || $way == all ]] && options+=(-c)
	[[ $way == ipv6 || $way == all ]] && options+=(-6) target=$LAB_SERVER6
	TOOL=svmap-$way && tool "$TOOL"
	sipvicious "$how" svmap -P "$PORT" "${options[@]}" "$target"
	TOOL=svwar-$way && tool "$TOOL"
	sipvicious "$how" svwar -P "$PORT" "${options[@]}" -e 990-1019 "$target"
	TOOL=svwar-invite-$way && tool "$TOOL"
	sipvicious "$how" svwar -P "$PORT" "${options[@]}" -m INVITE --force -e 990-1009 "$target"
	TOOL=svcrack-$way && tool "$TOOL"
	sipvicious "$how" svcrack -P "$PORT" "${options[@]}" -u 1001 -r 100-129 "$target"
}

# sipsak's flood; nmap's scripts, zmap's template, masscan's own probe.
probes() {
	local gateway

	gateway=$(ip -j -n "$LAB_NET-router" link show attackers | jq -r '.[0].address')
	tool sipsak-flood
	lab_in attackers nft add rule inet structure out udp dport 5060 meta skuid 4711 \
		snat ip to "$SRC4"
	start sipsak-flood setpriv --reuid 4711 --clear-groups sipsak -F -e 30 \
		-s "sip:1000@$LAB_SERVER"
	tool nmap-scripts
	start nmap-scripts nmap -Pn -n -sU -p 5060 -S "$SRC4" -e tools --max-retries 0 \
		--script sip-methods,sip-enum-users --script-args sip-enum-users.maxext=20 \
		"$LAB_SERVER"
	if [[ -e $ZMAP_TEMPLATE ]]; then # images of containers leave it out
		tool zmap
		start zmap zmap -q -M udp -p 5060 -i tools -G "$gateway" -S "$SRC4" -P 10 \
			-b /dev/null --probe-args="template:$ZMAP_TEMPLATE" -o /dev/null "$LAB_SERVER/32"
	fi
	tool masscan
	start masscan masscan "$LAB_SERVER" -pU:5060 -e tools --router-mac "$gateway" \
		--source-ip "$SRC4" --wait 1 --rate 100
}

all_tools() {
	local shape way

	TOOLS=() NEXT=0
	lab_in attackers nft -f - <<-END
		table inet structure { chain out { type nat hook postrouting priority 100; }; }
		flush chain inet structure out
	END
	for way in plain agent compact ipv6 all; do
		all_sipvicious "$way"
	done
	probes
	while read -r shape _; do
		tool "$shape-shape"
		start "$shape-shape" "$LAB_BUILD/tools/shapes" "$shape" \
			--agent "$AGENT" --src "$SRC4" --dst "$LAB_SERVER"
	done < <("$LAB_BUILD/tools/shapes" --list)
	lab_wait $((SECONDS_EACH + 5)) tools_ended || lab_end_attacks
}

tools_ended() {
	[[ -z $(ip netns pids "$LAB_NET-attackers") ]]
}

# watched FILE: all tools, and what they put on the server's wire.
watched() {
	local dump

	lab_spawn dump 0 router tcpdump -U -i server -w "$1" udp
	dump=$LAB_PID
	lab_wait 5 test -s "$1"
	all_tools
	kill "$dump" 2>/dev/null || true
	lab_await "$dump"
}

# judge FILE: what the programs say of a capture, frame by frame, into COUNT.
judge() {
	local src verdict reason name

	COUNT=()
	while IFS=$'\t' read -r src verdict reason; do
		name=${TOOL_OF[$src]-}
		[[ -n $name && $reason != keepalive-empty ]] || continue # nmap knocks so first
		COUNT[$name frames]=$((${COUNT[$name frames]:-0} + 1))
		[[ $verdict == drop ]] || COUNT[$name passed]=$((${COUNT[$name passed]:-0} + 1))
		[[ " ${REASONS[$name]} " == *" $reason "* ]] || COUNT[$name odd]=$reason
		COUNT[$name $reason]=$((${COUNT[$name $reason]:-0} + 1))
	done < <("$LAB_SIPSHIELD" replay --json --policy /dev/null \
		--local "$LAB_SERVER,$LAB_SERVER6" "$1" |
		jq -r 'select(.dir == "in") | [(.src | sub(":[0-9]+$"; "") | gsub("[][]"; "")),
			.verdict, .reason] | @tsv')
}

# What the judged capture says of a tool: that it did its work, and that all of it was dropped.
verdict_on() {
	local pass=$1 name=$2 least=1 key seen=

	if [[ $pass == answered && $name =~ ^(svwar|svcrack|nmap)-(.*-)?(plain|agent|compact|ipv6|all|scripts)$ ]]; then
		least=15
		[[ $name == svwar-invite* ]] && least=2 # it gives up on a server that challenges
	fi
	for key in "${!COUNT[@]}"; do
		[[ $key =~ ^$name\ [a-z]+- ]] && seen+=" ${key#* } ${COUNT[$key]}"
	done
	if ((${COUNT[$name frames]:-0} < least)); then
		not_ok "$pass/$name" "sent ${COUNT[$name frames]:-0} requests, must be $least:$(
			tail -n 1 "$LAB_DIR/$name.log")"
	elif [[ -n ${COUNT[$name passed]-} || -n ${COUNT[$name odd]-} ]]; then
		not_ok "$pass/$name" "${COUNT[$name passed]:-0} of ${COUNT[$name frames]} got through;$seen"
	else
		ok "$pass/$name (${COUNT[$name frames]} requests:$seen)"
	fi
}

# try_pass NAME: all tools, and a line for each.
try_pass() {
	local name

	watched "$LAB_DIR/$1.pcap"
	judge "$LAB_DIR/$1.pcap"
	for name in "${TOOLS[@]}"; do
		verdict_on "$1" "$name"
	done
}

# What of the tools the server's stack gets, behind the shield.
count_at_server() {
	lab_in server nft -f - <<-END
		table inet structure {
			counter got {}
			chain in { type filter hook prerouting priority -300;
				iif $LAB_DEV ip saddr 203.0.113.0/24 udp length > 8 counter name got
				iif $LAB_DEV ip6 saddr 2001:db8:113::/64 udp length > 8 counter name got
			}
		}
	END
}

# Requests of the tools in the pass that was judged last.
requests() {
	local name sum=0

	for name in "${TOOLS[@]}"; do
		sum=$((sum + ${COUNT[$name frames]:-0}))
	done
	echo "$sum"
}

test_open
try_pass answered
lab_start_shield
count_at_server
SECONDS_EACH=5 # most wait for an answer until then
try_pass protected
same at-the-server "$(lab_in server nft -j list counter inet structure got |
	jq '.nftables[] | .counter? // empty | .packets')" 0
same dropped "$(lab_status .dropped)" "$(requests)"
same dropped-for-a-rate "$(lab_status '[.by_reason | to_entries[]
	| select(.key | test("-rate$|lane|budget")) | .value] | add')" 0
