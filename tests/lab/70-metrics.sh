#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# The exporter beside a running agent: what it serves, what it may do, and when it ends.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

sipshield=$PWD/${BUILD:-build}/sipshield
[[ ${BUILD:-build} = /* ]] && sipshield=$BUILD/sipshield
net=sipshield-metrics-$$
dev=smx$$
port=9478
url=http://127.0.0.1:$port
dir=$(mktemp -d /tmp/sipshield-metrics.XXXXXX)
agent=
failed=0

# shellcheck disable=SC2317 # called by the trap
clean_up() {
	[[ -n $agent ]] && kill "$agent" 2>/dev/null && wait "$agent" 2>/dev/null
	in_net "$sipshield" detach "$dev" >/dev/null 2>&1
	ip netns del "$net" 2>/dev/null
	ip netns del "$net-far" 2>/dev/null
	rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

ok() {
	echo "ok $1"
}

not_ok() {
	echo "not ok $1: $2"
	failed=1
}

# check NAME WANT GOT
check() {
	if [[ $2 == "$3" ]]; then
		ok "$1"
	else
		not_ok "$1" "expected '$2', got '$3'"
	fi
}

# holds NAME WHY COMMAND...
holds() {
	local name=$1 why=$2

	shift 2
	if "$@"; then
		ok "$name"
	else
		not_ok "$name" "$why"
	fi
}

in_net() {
	nsenter --net="/run/netns/$net" -- "$@"
}

# verb NAME OPTION...: of sipshield, for the interface
verb() {
	in_net "$sipshield" "$@" --dev "$dev"
}

get() {
	in_net curl --silent --show-error --max-time 5 "$@"
}

# until_true SECONDS COMMAND...
until_true() {
	local end=$((SECONDS + $1))

	shift
	until "$@" >/dev/null 2>&1; do
		[[ $SECONDS -lt $end ]] || return 1
		sleep 0.1
	done
}

# shellcheck disable=SC2317 # called through until_true
answers() {
	get --fail "$url/metrics"
}

# shellcheck disable=SC2317 # called through until_true
silent() {
	! answers
}

# value SERIES: of the exporter
value() {
	get "$url/metrics" | awk -v series="$1" '$1 == series { print $2 }'
}

web_pid() {
	pgrep --parent "$agent" --exact sipshield-web
}

# status_of FIELD: of the exporter's process
status_of() {
	awk -v field="$1:" '$1 == field { print $2 }' "/proc/$(web_pid)/status"
}

start_net() {
	ip netns add "$net" && ip netns add "$net-far" || return 1
	ip -n "$net" link set lo up
	ip -n "$net" link add "$dev" type veth peer name far netns "$net-far"
	ip -n "$net" addr add 192.0.2.10/24 dev "$dev"
	ip -n "$net-far" addr add 192.0.2.99/24 dev far
	ip -n "$net" link set "$dev" up
	ip -n "$net-far" link set far up
}

# send PORT COUNT: short datagrams that are not SIP
send() {
	# shellcheck disable=SC2016 # for the inner shell
	nsenter --net="/run/netns/$net-far" -- bash -c \
		'for ((i = 0; i < $2; i++)); do printf "not sip at all" >"/dev/udp/192.0.2.10/$1"; done' \
		send "$1" "$2"
}

start_agent() {
	# Not by in_net: $! is to be the agent, not a shell around it.
	nsenter --net="/run/netns/$net" -- "$sipshield" run "$dev" --metrics-port $port --state-dir '' "$@" \
		2>"$dir/log" &
	agent=$!
	until_true 20 answers && return
	not_ok "exporter answers" "$(tail -n 3 "$dir/log")"
	exit 1
}

start_net || {
	not_ok "namespaces" "cannot make them"
	exit 1
}
start_agent
ok "exporter answers"

# --- the text --------------------------------------------------------------------------------

get "$url/metrics" >"$dir/text"
check "promtool finds no fault" "" "$(promtool check metrics <"$dir/text" 2>&1)"
series=$(grep -c '^sipshield_' "$dir/text")
holds "a bounded number of series" "$series" test "$((series > 50 && series <= 500))" = 1
check "no address in a label" 0 "$(grep -cE '"[0-9]+\.[0-9]+\.[0-9]+\.|"[0-9a-f]*:[0-9a-f:]*"' "$dir/text")"
check "text ends with EOF" "# EOF" "$(tail -n 1 "$dir/text")"
check "older text by default" "text/plain; version=0.0.4; charset=utf-8" \
	"$(get -o /dev/null -w '%{content_type}' "$url/metrics")"
check "OpenMetrics on request" "application/openmetrics-text; version=1.0.0; charset=utf-8" \
	"$(get -o "$dir/open" -w '%{content_type}' -H 'Accept: application/openmetrics-text' "$url/metrics")"
check "OpenMetrics names the family" 1 "$(grep -c '^# TYPE sipshield_packets counter$' "$dir/open")"

# --- the verb --------------------------------------------------------------------------------

names() {
	sed 's/ [^ ]*$//' | sort
}
check "the verb prints the same series" "$(grep -v '^#' "$dir/text" | names)" \
	"$(verb metrics | grep -v '^#' | names)"
check "the verb's OpenMetrics" "$(grep '^# ' "$dir/open")" \
	"$(verb metrics --openmetrics | grep '^# ')"
check "its JSON has as many samples" "$series" \
	"$(verb metrics --json | jq '.metrics | length')"
check "its first key" schema_version \
	"$(verb metrics --json | jq -r 'keys_unsorted[0]')"

# --- the numbers -----------------------------------------------------------------------------

unprotected='sipshield_packets_total{direction="in",verdict="pass",reason="no-listener"}'
not_sip='sipshield_packets_total{direction="in",verdict="pass",reason="not-sip"}'
before=$(value "$unprotected")
before_sip=$(value "$not_sip")
send 9 20
send 5060 3
check "packets to another port are counted" $((before + 20)) "$(value "$unprotected")"
check "packets that are not SIP are counted" $((before_sip + 3)) "$(value "$not_sip")"
check "enforcing" 1 "$(value sipshield_enforcing)"
check "a ban is seen" $'0\n1' \
	"$(value sipshield_bans; verb ban add 203.0.113.7 >/dev/null; value sipshield_bans)"

# --- the pages -------------------------------------------------------------------------------

# code PATH OPTION...
code() {
	local path=$1
	shift
	get -o /dev/null -w '%{http_code}' "$@" "$url$path"
}
check "front page" 200 "$(code /)"
check "health" 200 "$(code /healthz)"
check "unknown page" 404 "$(code /metrics/../../etc/passwd --path-as-is)"
check "POST" 405 "$(code /metrics -d x=1)"
check "DELETE" 405 "$(code / -X DELETE)"
check "HEAD" 200 "$(code /metrics --head)"
headers=$(get -o /dev/null -D - "$url/" | tr -d '\r')
check "content security policy" "default-src 'self'" "$(sed -n 's/^Content-Security-Policy: //p' <<<"$headers")"
check "no sniffing" nosniff "$(sed -n 's/^X-Content-Type-Options: //p' <<<"$headers")"
check "only on the loopback address" 127.0.0.1:$port \
	"$(in_net ss -Hltn "sport = :$port" | awk '{ print $4 }')"

# --- what it may do --------------------------------------------------------------------------

for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	check "$set is empty" 0000000000000000 "$(status_of $set)"
done
check "no new privileges" 1 "$(status_of NoNewPrivs)"
check "system calls are filtered" 2 "$(status_of Seccomp)"
holds "not root" "it is" test "$(status_of Uid)" -ne 0
check "nothing that keeps the program attached" 0 \
	"$(grep -l '^link_id:' "/proc/$(web_pid)/fdinfo/"* 2>/dev/null | wc -l)"

# --- when it ends ----------------------------------------------------------------------------

old=$(web_pid)
kill -9 "$old"
holds "the agent starts it again" "$(tail -n 3 "$dir/log")" until_true 10 answers
holds "it is another process" "$old" test "$(web_pid)" != "$old"

kill -9 "$agent"
wait "$agent" 2>/dev/null
holds "it ends with the agent" "it still answers" until_true 5 silent
check "the verb works without the agent" 1 \
	"$(verb metrics | awk '$1 == "sipshield_enforcing" { print $2 }')"

printf 'mode: off\n' >"$dir/off.yaml"
start_agent --policy "$dir/off.yaml"
check "a policy that is off is not enforcing" $'0\n503' "$(value sipshield_enforcing; code /healthz)"
exit $failed
