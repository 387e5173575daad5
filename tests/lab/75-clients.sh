#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# Real user agents against a server under protection: baresip and linphone, SIPp, sipsak, and a
# Kamailio as a client, over UDP, TCP and IPv6, one with requests in two fragments. They can
# register and call, and the shield drops nothing. Then what they sent is judged again as if nobody
# had ever earned a standing, with every check enforced, also those that are not by default. Of SIPp
# and sipsak, which testers and monitors use as attackers do, those may have their opinion.
#
# LAB_KEEP=DIR keeps what was on the wire (clients.pcap); tests/vectors/captured has a message of
# each kind from there.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

HERE=$LAB_TOP/tests/lab/clients
ANY_CPU=0-$(($(nproc) - 1))
TALK=6 # seconds that a client has
EDGE=198.51.100.80
NEXT=60
declare -A CLIENT_OF # address -> client
CLIENTS=()
PIDS=() # of those that end by themselves

# client NAME: an address of each family for a user of its own, whose packets go out with it. Sets
# SRC4, SRC6, ID (of the user), USER_NAME (a phone of the registrar) and HOME_DIR.
client() {
	NEXT=$((NEXT + 1)) ID=$((30000 + NEXT))
	SRC4=198.51.100.$NEXT SRC6=2001:db8:100::$NEXT USER_NAME=$((1840 + NEXT))
	HOME_DIR=$LAB_DIR/home-$1
	CLIENT_OF[$SRC4]=$1 CLIENT_OF[$SRC6]=$1
	CLIENTS+=("$1")
	lab_in callers ip route add default via 198.51.100.1 src "$SRC4" table "$ID"
	lab_in callers ip -6 route add default via 2001:db8:100::1 src "$SRC6" table "$ID"
	lab_in callers ip rule add uidrange "$ID-$ID" lookup "$ID"
	lab_in callers ip -6 rule add uidrange "$ID-$ID" lookup "$ID"
	mkdir -p "$HOME_DIR/.local/share/linphone"
}

# start NAME COMMAND...: the client that was made last, in the background.
start() {
	local name=$1
	shift
	chown -R "$ID:$ID" "$HOME_DIR"
	lab_spawn "$name" "$ANY_CPU" callers env -C "$HOME_DIR" HOME="$HOME_DIR" \
		setpriv --reuid "$ID" --regid "$ID" --clear-groups timeout -k 1 $((TALK + 9)) "$@"
	PIDS+=("$LAB_PID")
}

# baresip NAME TRANSPORT SERVER LISTEN: registers and calls. Without its module mwi: in version 1.0
# that can fall into a loop of thousands of SUBSCRIBEs a second (over IPv6 it does), which the shield
# drops beyond the source's budget, as it should.
baresip() {
	cat >"$HOME_DIR/config" <<-END
		sip_listen $4
		audio_player aufile,/dev/null
		audio_source ausine,440
		audio_alert aufile,/dev/null
		module_path /usr/lib/baresip/modules
		module g711.so
		module ausine.so
		module aufile.so
		module_tmp uuid.so
		module_tmp account.so
		module_app menu.so
	END
	echo "<sip:$USER_NAME@$LAB_DOMAIN;transport=$2>;auth_pass=lab-$USER_NAME;regint=60" \
		";outbound=\"sip:$3;transport=$2\"" | tr -d ' ' >"$HOME_DIR/accounts"
	: >"$HOME_DIR/contacts"
	start "$1" baresip -f "$HOME_DIR" -e "d sip:2000@$LAB_DOMAIN" -t "$TALK"
}

# linphone NAME TRANSPORT SERVER IPV6: registers, publishes its presence, calls and writes.
linphone() {
	cat >"$HOME_DIR/rc" <<-END
		[sip]
		sip_port=$((ID - 24000))
		sip_tcp_port=$((ID - 24000))
		use_ipv6=$4
		default_proxy=0
		[proxy_0]
		reg_proxy=<sip:$3;transport=$2>
		reg_route=<sip:$3;transport=$2;lr>
		reg_identity=sip:$USER_NAME@$LAB_DOMAIN
		reg_expires=60
		reg_sendregister=1
		publish=1
		[auth_info_0]
		username=$USER_NAME
		passwd=lab-$USER_NAME
		realm=$LAB_DOMAIN
	END
	# shellcheck disable=SC2016 # expanded by the new shell
	start "$1" sh -c '{
		sleep 2; echo soundcard use files
		echo call sip:2000@$1; sleep 2; echo terminate; sleep 0.5
		echo chat sip:2000@$1 hello; sleep 1; echo quit; sleep 1; } |
		linphonec -c rc' sh "$LAB_DOMAIN"
}

# sipp NAME TRANSPORT SERVER ADDRESS [SCENARIO]: registers and calls three times.
sipp_phone() {
	local scenario=${5:-$LAB_SOURCES/sipp/call.xml}

	printf 'SEQUENTIAL\n%s\n' "$(lab_phone "$4" "$USER_NAME")" >"$HOME_DIR/phone"
	# shellcheck disable=SC2016 # expanded by the new shell
	start "$1" sh -c 'server=$1 transport=$2 address=$3 scenario=$4 register=$5
		sipp "$server" -sf "$register" -inf phone -t "$transport" -i "$address" \
			-p 5060 -m 1 -nostdin -recv_timeout 2000 -trace_err &&
		sipp "$server" -sf "$scenario" -inf phone -t "$transport" -i "$address" \
			-p 5060 -m 3 -r 2 -nostdin -recv_timeout 3000 -trace_err && echo all called' \
		sh "$3" "$2" "$4" "$scenario" "$LAB_SOURCES/sipp/register.xml"
}

# sipp_called NAME TRANSPORT SERVER ADDRESS USER: registers USER, who is called twice there.
sipp_called() {
	local contact=

	[[ $2 == t1 ]] && contact=';transport=tcp'
	sed "s/\[field3\]/&$contact/" "$LAB_SOURCES/sipp/register.xml" >"$HOME_DIR/register.xml"
	sed "s/\[local_port\]>/[local_port]$contact>/" "$LAB_SOURCES/sipp/answer.xml" \
		>"$HOME_DIR/answer.xml"
	sed "s/sip:2000@/sip:$5@/" "$LAB_SOURCES/sipp/call.xml" >"$HOME_DIR/call.xml"
	printf 'SEQUENTIAL\n%s\n' "$(lab_phone "$4" "$5" 5072)" >"$HOME_DIR/called"
	printf 'SEQUENTIAL\n%s\n' "$(lab_phone "$4" "$USER_NAME")" >"$HOME_DIR/phone"
	# shellcheck disable=SC2016 # expanded by the new shell
	start "$1" sh -c 'server=$1 transport=$2 address=$3
		sip() {
			sipp -t "$transport" -i "$address" -nostdin -recv_timeout 3000 -trace_err "$@"
		}
		sip "$server" -sf register.xml -inf called -p 5072 -m 1 || exit
		sip -sf answer.xml -p 5072 -m 2 >answered &
		sleep 0.3
		sip "$server" -sf call.xml -inf phone -p 5060 -m 2 -r 2 && wait && echo all called' \
		sh "$3" "$2" "$4"
}

# sipsak NAME: its usrloc mode and its questions, as monitoring uses them.
sipsak_probe() {
	# shellcheck disable=SC2016 # expanded by the new shell
	start "$1" sh -c 'me=sip:$1@$2 password=$3
		sipsak -U -i -s "$me" -a "$password" -x 60 -l 5068 -v
		sipsak -U -s "$me" -a "$password" -C "sip:$1@$4:5068" -x 60 -l 5068
		sipsak -s "$me" -l 5068 -v && echo answered
		sipsak -s "sip:$2" -H "$4" -l 5068' sh "$USER_NAME" "$LAB_SERVER" "lab-$USER_NAME" "$SRC4"
}

# A Kamailio at the edge, and a phone behind it.
edge() {
	local table=$LAB_DIR/edge-db/uacreg

	mkdir -p "$LAB_DIR/edge-db"
	printf 'table_name(string) table_version(int)\nuacreg:5\n' >"$LAB_DIR/edge-db/version"
	{
		echo "l_uuid(string) l_username(string) l_domain(string) r_username(string)" \
			"r_domain(string) realm(string) auth_username(string)" \
			"auth_password(string) auth_ha1(string,null) auth_proxy(string)" \
			"expires(int) flags(int) reg_delay(int) contact_addr(string,null)" \
			"socket(string,null)"
		echo "trunk:$USER_NAME:$EDGE:$USER_NAME:$LAB_DOMAIN:$LAB_DOMAIN:$USER_NAME" \
			":lab-$USER_NAME::sip\\:$LAB_SERVER:60:0:0::" | tr -d ' '
	} >"$table"
	echo "1 sip:$LAB_SERVER:5060" >"$LAB_DIR/dispatcher"
	sed -e "s|@EDGE@|$EDGE|" -e "s|@SERVER@|$LAB_SERVER|" -e "s|@DIR@|$LAB_DIR|" \
		"$HERE/edge.cfg" >"$LAB_DIR/edge.cfg"
	CLIENT_OF[$EDGE]=kamailio
	lab_spawn edge "$ANY_CPU" callers kamailio -DD -E -m 32 -M 4 -f "$LAB_DIR/edge.cfg" \
		-Y "$LAB_DIR" -w "$LAB_DIR" -P "$LAB_DIR/edge.pid"
	lab_wait 5 edge_command core.version || return 0
	edge_command ul.add location "s:$USER_NAME" "sip:1000@$LAB_SERVER:5060" 60 1.0 . 0 128 0
}

edge_command() {
	lab_in callers kamcmd -s "unix:$LAB_DIR/edge.ctl" "$@"
}

# A request that needs two packets: the description of the media is what is long in practice, too.
long_call() {
	local codec

	for codec in $(seq 96 127); do
		echo "      a=rtpmap:$codec telephone-event/8000"
		echo "      a=fmtp:$codec 0-15"
	done >"$LAB_DIR/codecs"
	sed "/a=rtpmap:0 PCMU/r $LAB_DIR/codecs" "$LAB_SOURCES/sipp/call.xml" >"$LAB_DIR/long.xml"
}

all_clients() {
	client baresip-udp && baresip baresip-udp udp "$LAB_SERVER" "$SRC4:5060"
	client baresip-tcp && baresip baresip-tcp tcp "$LAB_SERVER" "$SRC4:5060"
	client baresip-udp6 && baresip baresip-udp6 udp "[$LAB_SERVER6]" "[$SRC6]:5060"
	client baresip-tcp6 && baresip baresip-tcp6 tcp "[$LAB_SERVER6]" "[$SRC6]:5060"
	client linphone-udp && linphone linphone-udp udp "$LAB_SERVER" 0
	client linphone-tcp && linphone linphone-tcp tcp "$LAB_SERVER" 0
	client linphone-udp6 && linphone linphone-udp6 udp "[$LAB_SERVER6]" 1
	client sipp-udp && sipp_phone sipp-udp u1 "$LAB_SERVER" "$SRC4"
	client sipp-tcp && sipp_phone sipp-tcp t1 "$LAB_SERVER" "$SRC4"
	client sipp-udp6 && sipp_phone sipp-udp6 u1 "[$LAB_SERVER6]:5060" "[$SRC6]"
	client sipp-tcp6 && sipp_phone sipp-tcp6 t1 "[$LAB_SERVER6]:5060" "[$SRC6]"
	client sipp-uas-tcp && sipp_called sipp-uas-tcp t1 "$LAB_SERVER" "$SRC4" 2001
	client sipp-uas-udp6 && sipp_called sipp-uas-udp6 u1 "[$LAB_SERVER6]:5060" "[$SRC6]" 2002
	long_call
	client sipp-fragments
	sipp_phone sipp-fragments u1 "$LAB_SERVER" "$SRC4" "$LAB_DIR/long.xml"
	client sipp-fragments6
	sipp_phone sipp-fragments6 u1 "[$LAB_SERVER6]:5060" "[$SRC6]" "$LAB_DIR/long.xml"
	client sipp-default
	start sipp-default sipp "$LAB_SERVER" -sn uac -i "$SRC4" -p 5060 -m 3 -nostdin
	client sipsak && sipsak_probe sipsak
	client kamailio && edge
	client behind-kamailio && sipp_phone behind-kamailio u1 "$EDGE" "$SRC4"
}

clients_ended() {
	local pid

	for pid in "${PIDS[@]}"; do
		[[ ! -e /proc/$pid ]] || return 1
	done
}

# The outcome of a client as its log tells it.
succeeded() {
	check "works/$1" "no '$2' in: $(tail -n 2 "$LAB_DIR/$1.log" | tr -d '\r' | paste -sd ' ')" \
		grep -qaE "$2" "$LAB_DIR/$1.log"
}

outcomes() {
	local name

	for name in "${CLIENTS[@]}"; do
		case $name in
		baresip-*) succeeded "$name" 'session closed' ;;
		linphone-*) succeeded "$name" 'Call 1 .* connected' ;;
		sipp-default) ;;
		sipp-* | behind-*) succeeded "$name" 'all called' ;;
		sipsak) succeeded "$name" 'answered' ;;
		kamailio)
			edge_command dispatcher.list >"$LAB_DIR/kamailio.log"
			succeeded kamailio 'FLAGS: AP'
			edge_command uac.reg_dump >"$LAB_DIR/kamailio.log"
			succeeded kamailio 'flags: 20'
			;;
		esac
	done
}

# Judge what came in as if all were strangers for ever, with every check enforced and no limits.
judge() {
	{
		echo "limits: {unknown: {$(sed -n 's/^CLASS([A-Z_]*, "\([^"]*\)".*/\1: {rate: 0}/p' \
			"$LAB_TOP/maps/classes.def" | paste -sd,)}}"
		echo "lanes: {request: {rate: 0}, repeat: {rate: 0}, response: {rate: 0}, other: {rate: 0}}"
		echo "rules:"
		sed -n 's/^CHECK([a-z0-9_]*, "\([^"]*\)".*/  \1: enforce/p' "$LAB_TOP/maps/checks.def"
	} >"$LAB_DIR/strict.yaml"
	tcpdump -r "$LAB_DIR/clients.pcap" -w "$LAB_DIR/in.pcap" \
		"dst host $LAB_SERVER or dst host $LAB_SERVER6" 2>/dev/null
	"$LAB_SIPSHIELD" replay --json --policy "$LAB_DIR/strict.yaml" \
		--local "$LAB_SERVER,$LAB_SERVER6" "$LAB_DIR/in.pcap" >"$LAB_DIR/judged" 2>/dev/null
}

# Is a check enforced by default?
enforced() {
	grep -q "^CHECK(.*\"$1\".* ENFORCE," "$LAB_TOP/maps/checks.def"
}

# Of each client: how many frames of it were read, and which checks hit how many of them.
findings() {
	local src reason name key hits

	declare -A seen=() hit=()
	while IFS=$'\t' read -r src reason; do
		name=${CLIENT_OF[$src]-others}
		seen[$name]=$((${seen[$name]:-0} + 1))
		[[ -z $reason ]] || hit[$name $reason]=$((${hit[$name $reason]:-0} + 1))
	done < <(jq -r 'select(.dir == "in") | [(.src | sub(":[0-9]+$"; "") | gsub("[][]"; "")),
		if .verdict == "drop" then .reason else "" end] | @tsv' "$LAB_DIR/judged")
	for name in "${CLIENTS[@]}"; do
		[[ $name != behind-kamailio ]] || continue # all of its packets are Kamailio's
		hits=
		for key in "${!hit[@]}"; do
			[[ $key == "$name "* ]] || continue
			if [[ $name =~ ^(sipp|sipsak) ]] && ! enforced "${key#* }"; then
				echo "# $key: ${hit[$key]}, which is counted as suspicion only"
			else
				hits+=" ${key#* } ${hit[$key]}"
			fi
		done
		at_least "sent/$name (${seen[$name]:-0} frames)" "${seen[$name]:-0}" 3
		same "checks/$name" "$hits" ""
	done
}

test_open
lab_start_shield
lab_spawn dump 0 router tcpdump -U -i server -w "$LAB_DIR/clients.pcap" \
	"host $LAB_SERVER or host $LAB_SERVER6"
lab_wait 5 test -s "$LAB_DIR/clients.pcap"
all_clients
lab_wait $((TALK + 14)) clients_ended || true
outcomes
lab_end_attacks # the capture, too
same dropped "$(lab_status .dropped)" 0
echo "# in shadow: $(lab_status .shadowed)"
judge
findings
