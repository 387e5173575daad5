# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# The server's side: a Kamailio registrar with digest authentication, and the phone that answers.

# lab_wait SECONDS COMMAND...: until COMMAND succeeds; 1 if it never did.
lab_wait() {
	local tries=$(($1 * 10))
	shift
	until "$@" &>/dev/null; do
		((tries-- > 0)) || return 1
		lab_sleep 0.1
	done
}

# lab_spawn NAME CPU NAMESPACE COMMAND...: run in the background; output in $LAB_DIR/NAME.log, pid
# in $LAB_PID. All processes of the lab's namespaces end with the lab; they are no jobs of the
# shell, which would report how each was killed. Each has a session of its own that the scheduler
# prefers, so that what else the machine does weakens neither the attack nor the server.
lab_spawn() {
	local log=$LAB_DIR/$1.log cpu=$2 ns=$3
	shift 3
	# shellcheck disable=SC2016 # expanded by the new shell
	nsenter --net="/run/netns/$LAB_NET-$ns" -- setsid nice -n -10 taskset -c "$cpu" sh -c '
		echo -10 2>/dev/null >/proc/self/autogroup
		exec "$@"' lab "$@" </dev/null &>"$log" &
	LAB_PID=$!
	disown
}

# lab_await PID...: until all of them have ended.
lab_await() {
	local pid

	for pid in "$@"; do
		while [[ -e /proc/$pid ]]; do
			lab_sleep 0.1
		done
	done
}

# Sleep so that a signal to the lab is acted upon at once.
lab_sleep() {
	sleep "$1" &
	wait $!
}

lab_kamcmd() {
	lab_in server kamcmd -s "unix:$LAB_DIR/kamailio.ctl" "$@"
}

# lab_start_registrar [OPTION...]: -A WITH_ANTIFLOOD for Kamailio's own protection.
lab_start_registrar() {
	sed -e "s|@SERVER@|$LAB_SERVER|" -e "s|@SERVER6@|$LAB_SERVER6|" -e "s|@CARRIER@|$LAB_CARRIER|" \
		-e "s|@DOMAIN@|$LAB_DOMAIN|" -e "s|@DIR@|$LAB_DIR|" \
		"$LAB_SOURCES/kamailio.cfg" >"$LAB_DIR/kamailio.cfg"
	lab_spawn kamailio "$LAB_SERVER_CPU" server kamailio -DD -E -m 64 -M 8 \
		-f "$LAB_DIR/kamailio.cfg" -Y "$LAB_DIR" -w "$LAB_DIR" -P "$LAB_DIR/kamailio.pid" "$@"
	LAB_REGISTRAR=$LAB_PID
	lab_wait 10 lab_kamcmd core.version ||
		lab_die "Kamailio did not start: $(tail -n 3 "$LAB_DIR/kamailio.log")"
}

# lab_end NAMESPACE PID: a process of the lab, if it is still there. It must have been started for a
# while: a child of this shell that is no other program yet would run the shell's own traps.
lab_end() {
	ip netns pids "$LAB_NET-$1" | grep -qx "$2" || return 0
	kill "$2"
	lab_await "$2"
}

# lab_restart_servers [OPTION...]: both anew, without what a flood has left in their queues and tables.
lab_restart_servers() {
	lab_end server "$LAB_REGISTRAR"
	lab_end callers "$LAB_ANSWERING"
	lab_start_registrar "$@"
	lab_start_answering
}

# The called phone stands at an address of its own among the callers.
lab_start_answering() {
	lab_spawn answer "$LAB_SERVER_CPU" callers chrt -f 20 sipp -sf "$LAB_SOURCES/sipp/answer.xml" \
		-i "$LAB_CALLED" -p 5070 -max_socket 4000 -nostdin -trace_err -error_file "$LAB_DIR/answer.err"
	LAB_ANSWERING=$LAB_PID
}

# lab_registered: how many phones the registrar knows.
lab_registered() {
	lab_kamcmd stats.get_statistics usrloc: | awk '$1 == "usrloc:registered_users" { print $3 }'
}
