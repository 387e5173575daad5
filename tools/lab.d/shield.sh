# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# The shield in the lab: `sipshield run` in the server's namespace, and what it tells.

LAB_PINS=/sys/fs/bpf/sipshield/$LAB_DEV

# lab_shield VERB...: the command line of the shield, in the server's namespace.
lab_shield() {
	lab_in server "$LAB_SIPSHIELD" "$@"
}

LAB_POLICY="# all defaults"

# lab_start_shield [OPTION...]: attach with $LAB_POLICY, the built-in defaults, whatever /etc says and
# with nothing remembered, and wait until it enforces.
lab_start_shield() {
	echo "$LAB_POLICY" >"$LAB_DIR/policy.yaml"
	LAB_STATE=$(mktemp -d -p "$LAB_DIR" state.XXXX)
	lab_spawn shield "$LAB_SERVER_CPU" server "$LAB_SIPSHIELD" run "$LAB_DEV" \
		--policy "$LAB_DIR/policy.yaml" --state-dir "$LAB_STATE" "$@"
	LAB_AGENT=$LAB_PID
	lab_wait 10 lab_shield_answers ||
		lab_die "the shield did not start: $(tail -n 3 "$LAB_DIR/shield.log")"
	# the interface may have got a new receive thread together with the program
	lab_receive_thread
}

lab_shield_answers() {
	kill -0 "$LAB_AGENT" && lab_shield status --json --dev "$LAB_DEV"
}

# End the agent; what is pinned goes on.
lab_stop_shield() {
	kill "$LAB_AGENT" 2>/dev/null || true
	lab_await "$LAB_AGENT"
	LAB_AGENT=
}

lab_detach_shield() {
	lab_stop_shield
	lab_shield detach "$LAB_DEV" >/dev/null
}

# lab_status FILTER: a value of `sipshield status --json`, 0 where there is none.
lab_status() {
	lab_shield status --json --dev "$LAB_DEV" 2>/dev/null | jq -r "$1 // 0" || echo 0
}

# Known phones of which the shield itself says that it dropped packets or banned them.
lab_blamed_phones() {
	lab_shield source list --json --dev "$LAB_DEV" | jq -r '
		[.sources[] | select(.src | test("^198\\.51\\.100\\.([1-9][0-9]|250)$"))
			| select(.banned or ((.suspect.exceeded // 0) + (.suspect.structural // 0)) > 0)
			| .src] | join(" ")'
}

# Packets of trusted sources that the shield counts as dropped. In the lab only phones are trusted.
lab_dropped_of_trusted() {
	lab_shield metrics --dev "$LAB_DEV" |
		awk '/^sipshield_standing_packets_total.standing="trusted",verdict="drop"/ { print $2 }'
}
