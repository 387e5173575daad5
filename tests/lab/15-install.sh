#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# What an operator does on a fresh Debian 12: from the package to enforcing in six commands, with no
# file edited by hand. Then what the units promise, under systemd as PID 1 and a real Kamailio: what
# they may do, a reload, a crash, a hang, an upgrade, the emergency exit, and the end of it all.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"
# shellcheck source=tests/lab/box.bash
. "$LAB_TOP/tests/lab/box.bash"

AGENT=sipshield@$LAB_DEV.service
WEB=sipshield-web@$LAB_DEV.service
# net_admin (12), perfmon (38) and bpf (39), as capsh --decode has it
THREE=000000c000001000
NONE=0000000000000000
COMMANDS=0

# operates NAME COMMAND...: one of the operator's commands, which must succeed.
operates() {
	local name=$1 status=0
	shift
	COMMANDS=$((COMMANDS + 1))
	"$@" &>"$LAB_DIR/said" || status=$?
	check "$name" "status $status: $(tail -n 3 "$LAB_DIR/said" | tr '\n' ' ')" test $status = 0
}

# says FILTER: a value of `sipshield status --json` in the box, which exits with 3 in shadow.
says() {
	{ box sipshield status --json "$LAB_DEV" 2>/dev/null || :; } | jq -r "$1"
}

enforces() {
	box sipshield status "$LAB_DEV" >/dev/null 2>&1
}

# property UNIT NAME
property() {
	box systemctl show --value --property "$2" "$1"
}

# calls NAME: twenty calls of known phones, all of which must succeed.
calls() {
	lab_sipp "$1" call "$LAB_DIR/phones" 20 20
	lab_await "$LAB_PID"
	same "$1" "$(lab_sipp_count "$1" 'SuccessfulCall(C)')" 20
}

scan() {
	lab_scan
	lab_sleep 2
	lab_end_attacks
}

# The package of what was built here. make has its own flags, not those of the make that tests.
package() {
	local said

	cd "$LAB_TOP"
	"${DEPS:-tools/deps}" deb &>/dev/null || box_skip "no debhelper or lintian to be had"
	if said=$(env -u MAKEFLAGS -u MAKELEVEL make BUILD="${BUILD:-build}" DEPS=true deb 2>&1); then
		ok package-and-lintian
	else
		not_ok package-and-lintian "$(tail -n 3 <<<"$said" | tr '\n' ' ')"
		exit 1
	fi
	DEBS=("$LAB_BUILD"/deb/sipshield_*.deb)
}

# --- six commands ------------------------------------------------------------------------------------

install_package() {
	operates command-1-install box_off apt-get install -y -q --no-install-recommends \
		/root/sipshield.deb
	box_boot || lab_die "the box does not boot: $(tail -n 2 "$LAB_DIR/box.log")"
	same nothing-attached "$(lab_in server ip -j link show "$LAB_DEV" | jq -c '.[0].xdp // 0')" 0
	same nothing-pinned "$(box ls /sys/fs/bpf | grep -c sipshield)" 0
	same nothing-runs "$(box systemctl list-units --no-legend 'sipshield*' | wc -l)" 0
	same no-compiler "$(box sh -c 'command -v cc clang gcc' | wc -l)" 0
}

begin_in_shadow() {
	operates command-2-init box sipshield init "$LAB_DEV"
	operates command-3-start box systemctl enable --now "$AGENT"
	calls calls-in-shadow
	scan
	box sipshield status "$LAB_DEV" >"$LAB_DIR/said" && not_ok shadow-status "shadow is taken for enforcing"
	# exit status 3 is what it says of shadow
	operates command-4-status box sh -c "sipshield status $LAB_DEV || test \$? = 3"
	check status-says-shadow "$(head -n 1 "$LAB_DIR/said")" grep -q shadow "$LAB_DIR/said"
	same nothing-dropped-in-shadow "$(says .dropped)" 0
	at_least would-be-dropped "$(says .shadowed)" 1
}

enforce() {
	operates command-5-enforce box sipshield policy mode enforce --confirm-within 2m --dev "$LAB_DEV"
	operates command-6-confirm box sipshield policy confirm --dev "$LAB_DEV"
	at_most commands "$COMMANDS" 6
	check enforcing "$(box sipshield status "$LAB_DEV" | head -n 1)" enforces
	box sipshield doctor "$LAB_DEV" --json >"$LAB_DIR/doctor" || true
	same doctor-finds-nothing-wrong \
		"$(jq -r '.checks[] | select(.level == "FAIL") | .id + " " + .text' "$LAB_DIR/doctor")" ""
	same doctor-knows-the-unit \
		"$(jq -r '.checks[] | select(.id == "D021") | .level + " " + .text' "$LAB_DIR/doctor")" \
		"OK $AGENT runs"
	scan
	calls calls-while-enforcing
	at_least dropped "$(says .dropped)" 1
}

# --- what the units may do ---------------------------------------------------------------------------

# may NAME UNIT CAPABILITIES: the sets of its process, and that it can get no more.
may() {
	local status
	status=$(box cat "/proc/$(property "$2" MainPID)/status")

	same "$1/capabilities" "$(awk '/^Cap(Inh|Prm|Eff|Bnd|Amb):/ { print $2 }' <<<"$status" | sort -u)" "$3"
	same "$1/no-new-privileges" "$(awk '/^NoNewPrivs:/ { print $2 }' <<<"$status")" 1
	check "$1/not-root" "it is" test "$(awk '/^Uid:/ { print $2 }' <<<"$status")" -ne 0
}

# scores NAME UNIT MOST: systemd's own opinion.
scores() {
	local score
	score=$(box systemd-analyze security --no-pager "$2" | sed -n 's/^→ Overall.*: \([0-9.]*\) .*/\1/p')

	echo "# $1: systemd-analyze security says $score"
	check "$1/score" "$score, must be at most $3" awk "BEGIN { exit !(0$score > 0 && 0$score <= $3) }"
}

confined() {
	check web-runs "it does not" is_active "$WEB"
	may agent "$AGENT" $THREE
	may web "$WEB" $NONE
	scores agent "$AGENT" 2.0
	scores web "$WEB" 1.5
	same web/health "$(lab_in server curl -s http://127.0.0.1:9478/healthz)" enforcing
	same web/asks-the-agent "$(lab_in server curl -s "http://127.0.0.1:9478/api/source?addr=198.51.100.11" |
		jq -r 'keys_unsorted[0]')" schema_version
	# whoever is in the group may look, without any capability
	check group/status "it may not" succeeds box setpriv --reuid=65534 --regid=65534 \
		--groups="$(box getent group sipshield | cut -d : -f 3)" --inh-caps=-all \
		--bounding-set=-all sipshield status "$LAB_DEV"
}

# --- what becomes of them ----------------------------------------------------------------------------

succeeds() {
	"$@" &>"$LAB_DIR/said"
}

fails() {
	! "$@" &>"$LAB_DIR/said"
}

# later_than GENERATION: is the policy in force?
later_than() {
	test "$(says .policy.generation)" -gt "$1"
}

# is_active UNIT
is_active() {
	test "$(property "$1" ActiveState)" = active
}

reloads() {
	local before

	before=$(says .policy.generation)

	box sh -c 'mkdir -p /etc/sipshield/conf.d; echo "mode: sometimes" >/etc/sipshield/conf.d/99-bad.yaml'
	check bad-reload-fails "it succeeds" fails box systemctl reload "$AGENT"
	same bad-reload-changes-nothing "$(says .policy.generation)" "$before"
	box rm /etc/sipshield/conf.d/99-bad.yaml
	check reload "it fails" box systemctl reload "$AGENT"
	check reload-applies "still generation $before" lab_wait 5 later_than "$before"
}

# goes_on NAME PID: until an agent that is not process PID runs, every look finds the box enforcing.
goes_on() {
	local name=$1 old=$2 looks

	for ((looks = 0; looks < 150; looks++)); do
		enforces || break
		is_active "$AGENT" && [[ $(property "$AGENT" MainPID) != "$old" ]] && break
		lab_sleep 0.1
	done
	check "$name/enforcing" "$(box sipshield status "$LAB_DEV" | head -n 1)" enforces
	check "$name/another-agent" "it is the same one" test "$(property "$AGENT" MainPID)" != "$old"
}

survives() {
	local agent

	box sh -c "mkdir -p /run/systemd/system/$AGENT.d; printf '[Service]\nWatchdogSec=4\n' >/run/systemd/system/$AGENT.d/soon.conf"
	box systemctl daemon-reload
	agent=$(property "$AGENT" MainPID)
	box sh -c "kill -KILL $agent"
	goes_on crash "$agent"
	agent=$(property "$AGENT" MainPID)
	box sh -c "kill -STOP $agent"
	goes_on hang "$agent"
	agent=$(property "$AGENT" MainPID)
	box dpkg -i /root/sipshield.deb &>"$LAB_DIR/said" || not_ok upgrade "$(tail -n 2 "$LAB_DIR/said")"
	goes_on upgrade "$agent"
	check web-runs-again "it does not" lab_wait 5 is_active "$WEB"
}

ended() {
	[[ $(property "$AGENT" ActiveState) =~ ^(failed|inactive)$ ]]
}

emergency_exit() {
	box rm "/sys/fs/bpf/sipshield/$LAB_DEV/link"
	check emergency-exit-ends-the-agent "$(property "$AGENT" ActiveState)" lab_wait 5 ended
	same emergency-exit-status "$(property "$AGENT" ExecMainStatus)" 3
	lab_sleep 2
	check emergency-exit-stays "it was started again" ended
	check start-again "$(box systemctl status "$AGENT" | tail -n 2)" box systemctl start "$AGENT"
	check enforces-again "$(box sipshield status "$LAB_DEV" | head -n 1)" enforces
}

remove() {
	check purge "it fails" succeeds box apt-get purge -y -q sipshield
	same nothing-attached-after "$(lab_in server ip -j link show "$LAB_DEV" | jq -c '.[0].xdp // 0')" 0
	same nothing-left "$(box sh -c 'ls -d /etc/sipshield /var/lib/sipshield /sys/fs/bpf/sipshield \
		/etc/systemd/system/*/sipshield* /usr/share/sipshield 2>/dev/null' | tr '\n' ' ')" ""
	calls calls-without
}

box_fetch
package
test_open
box_make "${DEBS[0]}"
install_package
begin_in_shadow
enforce
confined
reloads
survives
emergency_exit
remove
