#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# What an operator sees while a cracker is banned: the live decisions of `watch`, and `top` on a real
# terminal, that of tmux.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

cracker=203.0.113.79

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

test_open
exits watch-unprotected 3 lab_shield watch "$LAB_DEV"
lab_start_shield
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
exits top-without-a-terminal 2 lab_shield top --dev "$LAB_DEV"
check top-once "$(cat "$LAB_DIR/err")" grep -q "^$LAB_DEV: protected" \
	<(lab_shield top --once --delay 0.1 --dev "$LAB_DEV")
lab_stop_shield
exits watch-without-an-agent 3 lab_shield watch "$LAB_DEV"
check watch-says-so "$(cat "$LAB_DIR/err")" grep -q 'no agent runs' "$LAB_DIR/err"
