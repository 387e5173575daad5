#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# What an operator sees while a cracker is banned: the live decisions of `watch`, and `top` on a real
# terminal, that of tmux. After real traffic `status`, `top`, the metrics and /api/snapshot agree in
# every figure; 78-dashboard.sh has the page.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

cracker=203.0.113.79
port=9482
called=004690099999
# what goes on while nothing comes in
moves='^sipshield_(uptime_seconds|agent_silence_seconds|census_age_seconds|lane_fill_ratio|build_info|config_last_reload_success_timestamp_seconds)'

# watched OPTION...: what `watch --json` prints in the background, in $LAB_DIR/watched
watched() {
	lab_spawn watch "$LAB_SERVER_CPU" server "$LAB_SIPSHIELD" watch --dev "$LAB_DEV" "$@"
}

crack() {
	lab_in attackers "$LAB_BUILD/tools/dance" crack --src "$cracker" --dst "$LAB_SERVER" \
		--users "$1" --tries 12 --gap 50 --patience 300 >"$LAB_DIR/dance.log" 2>&1
}

# exits NAME STATUS COMMAND...
exits() {
	local name=$1 want=$2 got=0

	shift 2
	"$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" || got=$?
	same "$name" "$got" "$want"
}

# terminal COMMAND...: of the tmux that is the terminal of `top`. It ends with what runs in it.
terminal() {
	TMUX_TMPDIR=$LAB_DIR tmux -f /dev/null "$@"
}

# screen_has PATTERN
screen_has() {
	terminal capture-pane -p | grep -qE -- "$1"
}

# on_screen NAME PATTERN: it comes within some seconds.
on_screen() {
	check "$1" "no $2 on $(terminal capture-pane -p | head -n 5)" lab_wait 6 screen_has "$2"
}

on_terminal() {
	terminal new-session -d -x 110 -y 40 -e LANG=C.UTF-8 -e TERM=tmux-256color -- nsenter \
		--net="/run/netns/$LAB_NET-server" -- "$LAB_SIPSHIELD" top --dev "$LAB_DEV" --delay 0.5
	on_screen top-state "^$LAB_DEV: protected"
	on_screen top-keys 'q quit'
	terminal send-keys 3
	on_screen top-ban "^$cracker .*credentials"
	terminal resize-window -x 50 -y 12
	on_screen top-resized "^$LAB_DEV: protected"
	same top-width "$(terminal capture-pane -p | awk '{ if (length > most) most = length } END { print (most <= 50) }')" 1
	terminal send-keys p
	on_screen top-paused PAUSED
	terminal send-keys q
	check top-quits "it still runs" lab_wait 3 no_terminal
}

# shellcheck disable=SC2317 # called through lab_wait
no_terminal() {
	! terminal has-session 2>/dev/null
}

get() {
	lab_in server curl --silent "http://127.0.0.1:$port$1"
}

# What does not move in a document.
steady() {
	jq -S 'del(.time, .clock, .uptime, .agent.silent, .agent.started, .census, .reload.last)
		| del(.lists[][] | .first, .last, .since, .expires) | del(.lanes[].fill)'
}

# differing SERIES1 SERIES2: lines of one that the other has not, with numbers that are not the same
# to the sixth digit.
differing() {
	join -t $'\t' -a 1 -a 2 -e none -o 0,1.2,2.2 <(sort "$1") <(sort "$2") | awk -F '\t' '
		$2 == $3 { next }
		{ d = $2 - $3; m = $2 + $3 }
		$2 == "none" || $3 == "none" || d * d > 1e-12 * m * m { print $1, $2, $3 }'
}

# All readings between two that are the same; 1: something came in meanwhile.
read_all() {
	lab_shield status --json --dev "$LAB_DEV" >"$LAB_DIR/status"
	lab_shield top --once --json --dev "$LAB_DEV" >"$LAB_DIR/top"
	get /api/snapshot >"$LAB_DIR/api"
	get /metrics | grep '^sipshield' | grep -vE "$moves" | sed 's/ \([^ ]*\)$/\t\1/' >"$LAB_DIR/metrics"
	lab_shield top --once --delay 0.1 --dev "$LAB_DEV" >"$LAB_DIR/text"
	lab_shield status --dev "$LAB_DEV" >>"$LAB_DIR/text"
	cmp -s <(steady <"$LAB_DIR/status") <(lab_shield status --json --dev "$LAB_DEV" | steady)
}

# traffic: of a phone, of somebody who calls the same number again and again, of nobody at all.
traffic() {
	lab_spawn home "$LAB_ATTACK_CPU" callers "$LAB_BUILD/tools/dance" phone --src 198.51.100.60 \
		--users 1230 --waits 1,1 --dst "$LAB_SERVER"
	for _ in {1..12}; do
		printf 'INVITE sip:%s@%s SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.80;branch=z9hG4bK%s\r\nCSeq: 1 INVITE\r\n\r\n' \
			"$called" "$LAB_SERVER" "$RANDOM" >"$LAB_DIR/invite"
		lab_in attackers bash -c "cat '$LAB_DIR/invite' >/dev/udp/$LAB_SERVER/5060"
	done
	lab_await "$LAB_PID"
	lab_forge 203.0.113.128/25 3 --method REGISTER --count 20000
	lab_await "$LAB_PID"
	lab_sleep 1.5
}

agreement() {
	check figures-read "something came in each time" lab_wait 20 read_all
	same figures-of-top "$(diff <(steady <"$LAB_DIR/status") <(steady <"$LAB_DIR/top"))" ""
	same figures-of-the-api "$(diff <(steady <"$LAB_DIR/status") <(steady <"$LAB_DIR/api"))" ""
	jq -r -f "$LAB_TOP/tests/lab/figures.jq" "$LAB_DIR/status" >"$LAB_DIR/series"
	same figures-of-the-metrics "$(differing "$LAB_DIR/series" "$LAB_DIR/metrics" | head -n 5)" ""
	at_least figures-compared "$(wc -l <"$LAB_DIR/metrics")" 230
	at_least figures-not-zero "$(grep -cvP '\t0(\.0*)?$' "$LAB_DIR/metrics")" 50
	read -r passed dropped < <(jq -r '"\(.passed) \(.dropped)"' "$LAB_DIR/status")
	same figures-for-people "$(grep -cE "passed $passed +dropped $dropped |$passed packets passed, $dropped dropped" \
		"$LAB_DIR/text")" 2
	# the comparison itself can fail
	sed -i '0,/\t[1-9]/s/\t[1-9]/&0/' "$LAB_DIR/series"
	same figures-of-a-liar "$(differing "$LAB_DIR/series" "$LAB_DIR/metrics" | wc -l)" 1
}

# A policy on trial, and one that was taken back, are told wherever somebody looks.
trial() {
	echo 'mode: shadow' >"$LAB_DIR/shadow.yaml"
	lab_shield policy apply "$LAB_DIR/shadow.yaml" --confirm-within 1m --dev "$LAB_DEV" >/dev/null
	exits trial-is-not-enforcing 3 lab_shield status --dev "$LAB_DEV"
	check trial-in-status "$(cat "$LAB_DIR/out")" grep -q 'ON TRIAL' "$LAB_DIR/out"
	check trial-in-metrics "$(get /metrics | grep unconfirmed)" test "$(get /metrics |
		awk '$1 == "sipshield_policy_unconfirmed_seconds" { print ($2 > 40 && $2 <= 60) }')" = 1
	lab_shield policy rollback --dev "$LAB_DEV" >/dev/null
	exits taken-back-enforces 0 lab_shield status --dev "$LAB_DEV"
	check taken-back-in-status "$(cat "$LAB_DIR/out")" grep -q 'was taken back' "$LAB_DIR/out"
	same taken-back-in-metrics "$(get /metrics | grep -c '^sipshield_policy_taken_back 1$')" 1
}

test_open
exits watch-unprotected 3 lab_shield watch "$LAB_DEV"
lab_start_shield --metrics-port $port
exits watch-wrong-reason 2 lab_shield watch --reason baned --dev "$LAB_DEV"
check watch-says-which "$(cat "$LAB_DIR/err")" grep -q 'did you mean .banned' "$LAB_DIR/err"
watched --json --src "$cracker"
sleep 0.3
crack 1001
check watch-decision "no ban in what was told: $(tail -n 2 "$LAB_DIR/watch.log")" \
	lab_wait 5 grep -q '"to":"ban-1"' "$LAB_DIR/watch.log"
same watch-lines-are-objects "$(jq -s 'length' "$LAB_DIR/watch.log")" "$(wc -l <"$LAB_DIR/watch.log")"
same watch-filters "$(jq -r '.src' "$LAB_DIR/watch.log" | cut -d: -f1 | sort -u)" "$cracker"
at_least watch-answers "$(jq -s 'map(select(.kind == "answer" and .status == 401)) | length' \
	"$LAB_DIR/watch.log")" 1
kill "$LAB_PID"
lab_await "$LAB_PID"
same figures-say-the-ban "$(lab_status '.lists.bans[0].src')" "$cracker"
on_terminal
traffic
same hot-number "$(lab_status ".lists.numbers[0].number")" "$called"
agreement
trial
exits top-without-a-terminal 2 lab_shield top --dev "$LAB_DEV"
check top-once "$(cat "$LAB_DIR/err")" grep -q "^$LAB_DEV: protected" \
	<(lab_shield top --once --delay 0.1 --dev "$LAB_DEV")
lab_stop_shield
exits watch-without-an-agent 3 lab_shield watch "$LAB_DEV"
check watch-says-so "$(cat "$LAB_DIR/err")" grep -q 'no agent runs' "$LAB_DIR/err"
