#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# What an operator sees while real phones call and a cracker is banned: the live decisions of `watch`.

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
lab_stop_shield
exits watch-without-an-agent 3 lab_shield watch "$LAB_DEV"
check watch-says-so "$(cat "$LAB_DIR/err")" grep -q 'no agent runs' "$LAB_DIR/err"
