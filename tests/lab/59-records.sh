#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# What is told of what was done: the journal's fields and catalog with a journald of the lab's own, the
# audit trail, and a jail of fail2ban that bans through the shield.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

cracker=203.0.113.77
operations=60

# with_journal COMMAND...: in the mount namespace where the lab's journald listens.
with_journal() {
	nsenter --mount="/proc/$journald/ns/mnt" -- "$@"
}

# shield VERB...: a verb whose record goes to that journal.
shield() {
	with_journal nsenter --net="/run/netns/$LAB_NET-server" -- \
		env SUDO_USER=alice SSH_CONNECTION="203.0.113.7 50000 192.0.2.10 22" \
		"$LAB_SIPSHIELD" "$@" --dev "$LAB_DEV"
}

# journal [MATCH...]: the records, one JSON object a line.
journal() {
	with_journal journalctl --quiet --directory=/run/log/journal --output=json "$@"
}

# field NAME MATCH...: a field of the last record that matches.
field() {
	local name=$1
	shift
	journal "$@" 2>/dev/null | tail -n 1 | jq -r "$name // \"none\""
}

has() {
	[[ $(field "${@:2}") == "$1" ]]
}

message_id() {
	sed -nE "s/^MESSAGE\\($1, \"([0-9a-f]+)\".*/\\1/p" "$LAB_TOP/user/messages.def"
}

# What journald finds in these places is the lab's alone.
start_journald() {
	mkdir -p "$LAB_DIR/catalog" "$LAB_DIR/database"
	cp "$LAB_TOP/packaging/sipshield.catalog" "$LAB_DIR/catalog/"
	# shellcheck disable=SC2016 # expanded by the new shell
	lab_spawn journald "$LAB_ATTACK_CPU" server unshare --mount --propagation private sh -c '
		mount -t tmpfs lab /run/systemd && mkdir /run/systemd/journal &&
		mkdir -p /run/log && mount -t tmpfs lab /run/log &&
		mount --bind "$1/catalog" /usr/lib/systemd/catalog &&
		mkdir -p /var/lib/systemd/catalog &&
		mount --bind "$1/database" /var/lib/systemd/catalog &&
		journalctl --update-catalog && exec /lib/systemd/systemd-journald' lab "$LAB_DIR"
	journald=$LAB_PID
	lab_wait 5 with_journal test -S /run/systemd/journal/stdout
}

start_agent() {
	LAB_STATE=$LAB_DIR/state
	mkdir -p "$LAB_STATE"
	echo "# all defaults" >"$LAB_DIR/policy.yaml"
	# the variable that systemd sets for a unit's process, and systemd-cat does not
	# shellcheck disable=SC2016 # expanded by the new shell
	lab_spawn shield "$LAB_SERVER_CPU" server nsenter --mount="/proc/$journald/ns/mnt" -- \
		systemd-cat --identifier=sipshield sh -c '
			export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) && exec "$@"' lab \
		"$LAB_SIPSHIELD" run "$LAB_DEV" \
		--policy "$LAB_DIR/policy.yaml" --state-dir "$LAB_STATE" --metrics-port 0
	# shellcheck disable=SC2034 # lab_shield_answers
	LAB_AGENT=$LAB_PID
	lab_wait 10 lab_shield_answers
}

in_the_journal() {
	local id
	check agent-in-the-journal "no record of its start" \
		lab_wait 3 has 5 .PRIORITY "MESSAGE_ID=$(message_id AGENT_PROTECTS)"
	# one who dials for a password: the ladder's own decision
	lab_in attackers "$LAB_BUILD/tools/dance" crack --src "$cracker" --dst "$LAB_SERVER" \
		--users 1001 --tries 12 --gap 50 --patience 300 >"$LAB_DIR/dance.log" 2>&1
	check ban-in-the-journal "no record of it" \
		lab_wait 15 has "$cracker" .SIPSHIELD_SRC "MESSAGE_ID=$(message_id BANNED)"
	id=MESSAGE_ID=$(message_id BANNED)
	same ban-has-a-time "$(field .SIPSHIELD_TTL "$id")" 60
	same ban-has-its-rule "$(field '.SIPSHIELD_RULE == .SIPSHIELD_REASON' "$id")" true
	same ban-has-a-priority "$(field .PRIORITY "$id")" 5
	check catalog-explains "journalctl -x does not" explained
}

explained() {
	with_journal journalctl --quiet --directory=/run/log/journal --catalog \
		"MESSAGE_ID=$(message_id BANNED)" | grep -q "sipshield ban del $cracker"
}

who_did_what() {
	shield ban add 198.18.0.1 --ttl 5m --reason "calls at night" >/dev/null
	same audit-who "$(tail -n 1 "$trail" | jq -r '.who | .user + " " + .sudo_user + " " + .from')" \
		"root alice 203.0.113.7"
	same audit-what "$(tail -n 1 "$trail" | jq -r '.action + " " + .object + " " + .why')" \
		"ban add 198.18.0.1 calls at night"
	same audit-in-the-journal "$(field .SIPSHIELD_AUDIT_HASH SIPSHIELD_OBJECT=198.18.0.1)" \
		"$(tail -n 1 "$trail" | jq -r .hash)"
	shield ban add "$LAB_SERVER" &>/dev/null || true
	same audit-refusal "$(tail -n 1 "$trail" | jq -r '.object + " " + (.refused | tostring)')" \
		"$LAB_SERVER true"
	with_journal nsenter --net="/run/netns/$LAB_NET-server" -- env SUDO_USER=$'mal\e[2Klory' \
		"$LAB_SIPSHIELD" ban add 198.18.0.2 --dev "$LAB_DEV" >/dev/null
	same audit-of-a-name-that-steers "$(tail -n 1 "$trail" | jq -r '.object + " " + (.who.sudo_user // "none")')" \
		"198.18.0.2 none"
	check audit-of-the-agent "its ban is not in the trail" \
		grep -q "\"by\":\"rule\",\"action\":\"ban add\".*$cracker" "$trail"
	same audit-by-sha256sum \
		"$(tail -n 1 "$trail" | sed 's/,"hash":.*//' | tr -d '\n' | sha256sum | cut -d ' ' -f 1)" \
		"$(tail -n 1 "$trail" | jq -r .hash)"
	same agent-has-a-name "$(grep '"by":"rule"' "$trail" | tail -n 1 | jq -r .who.user)" "$(id -un)"
	same audit-mode "$(stat -c %a "$trail")" 640
}

# Operations at random, in two processes at once, and a trail that has them all.
chained() {
	local before number
	before=$(wc -l <"$trail")
	for number in $(seq $((operations / 2))); do
		shield ban add "198.18.1.$number" &
		shield allow add "198.18.2.$number"
		wait $!
	done &>/dev/null
	same audit-counts "$(($(wc -l <"$trail") - before))" "$operations"
	check audit-verifies "it does not" verifies
	cp "$trail" "$LAB_DIR/whole"
	printf 'x' | dd of="$trail" bs=1 seek=$(($(stat -c %s "$trail") / 2)) conv=notrunc status=none
	same audit-finds-a-byte "$(shield audit verify >/dev/null || echo $?)" 5
	cp "$LAB_DIR/whole" "$trail"
	sed -i 7d "$trail"
	same audit-finds-a-gap "$(shield audit verify >/dev/null || echo $?)" 5
	cp "$LAB_DIR/whole" "$trail"
}

verifies() {
	shield audit verify >"$LAB_DIR/verify"
}

fail2ban() {
	lab_in server fail2ban-client -c "$LAB_DIR/fail2ban" "$@"
}

banned() {
	lab_shield ban list --json --dev "$LAB_DEV" |
		jq -r --arg src "$1" '.bans[] | select(.src == $src) | .reason'
}

is_banned() {
	[[ $(banned "$1") == "$2" ]]
}

jail() {
	mkdir -p "$LAB_DIR/fail2ban"/{action.d,filter.d}
	cp "$LAB_TOP/packaging/fail2ban/sipshield.conf" "$LAB_DIR/fail2ban/action.d/"
	cat >"$LAB_DIR/fail2ban/fail2ban.conf" <<-END
		[Definition]
		loglevel = INFO
		logtarget = $LAB_DIR/fail2ban.log
		socket = $LAB_DIR/fail2ban.sock
		pidfile = $LAB_DIR/fail2ban.pid
		dbfile = None
		syslogsocket = auto
	END
	printf '[Definition]\nfailregex = wrong password from <ADDR>$\n' \
		>"$LAB_DIR/fail2ban/filter.d/lab.conf"
	cat >"$LAB_DIR/fail2ban/jail.conf" <<-END
		[DEFAULT]
		backend = polling
		usedns = no
		ignoreself = false
		[lab]
		enabled = true
		filter = lab
		logpath = $LAB_DIR/pbx.log
		maxretry = 2
		bantime = 300
		action = sipshield[sipshield="$LAB_SIPSHIELD", dev=$LAB_DEV]
	END
	: >"$LAB_DIR/pbx.log"
}

# fails ADDR: what a server writes, twice.
fails() {
	printf '%s wrong password from %s\n' "$(date '+%F %T')" "$1" "$(date '+%F %T')" "$1" \
		>>"$LAB_DIR/pbx.log"
}

fail2ban_bans() {
	jail
	check fail2ban-takes-the-action "fail2ban-client -t fails" fail2ban -t &>/dev/null
	lab_spawn fail2ban "$LAB_ATTACK_CPU" server fail2ban-server -f -c "$LAB_DIR/fail2ban" start
	lab_wait 10 fail2ban status lab >/dev/null
	fails 198.18.9.1
	check fail2ban-bans "no ban" lab_wait 10 is_banned 198.18.9.1 "fail2ban lab"
	fail2ban set lab banip 198.18.9.2 >/dev/null
	lab_wait 5 is_banned 198.18.9.2 "fail2ban lab" || true
	lab_shield ban add 198.18.9.2 --ttl 1h --reason mine --dev "$LAB_DEV" >/dev/null
	fail2ban set lab unbanip 198.18.9.1 198.18.9.2 >/dev/null
	check fail2ban-unbans "it does not" lab_wait 5 is_banned 198.18.9.1 ""
	same fail2ban-leaves-others "$(banned 198.18.9.2)" mine
	same fail2ban-without-errors "$(grep -c ERROR "$LAB_DIR/fail2ban.log")" 0
	fail2ban stop >/dev/null
}

test_open
start_journald
start_agent
trail=$LAB_STATE/$LAB_DEV.audit.jsonl
in_the_journal
who_did_what
chained
fail2ban_bans
