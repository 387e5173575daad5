#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# The doctor on real interfaces: before protection, with another program in the way, protected in
# native and in generic mode, with a server on a port that is not protected, with the program gone.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

pins=/sys/fs/bpf/sipshield/$LAB_DEV

# examine [OPTION...]: the document to $LAB_DIR/doctor.json, the exit status to EXIT.
examine() {
	EXIT=0
	lab_shield doctor "$LAB_DEV" --json "$@" >"$LAB_DIR/doctor.json" || EXIT=$?
}

# level ID: what the last examination says of a check, the worst of several lines.
level() {
	jq -r --arg id "$1" '[.checks[] | select(.id == $id) | .level] | if index("FAIL") then "FAIL"
		elif index("WARN") then "WARN" else .[0] end' "$LAB_DIR/doctor.json"
}

# text ID, fix ID: of its last line.
text() {
	jq -r --arg id "$1" '[.checks[] | select(.id == $id) | .text] | last' "$LAB_DIR/doctor.json"
}

fix() {
	jq -r --arg id "$1" '[.checks[] | select(.id == $id and .fix) | .fix] | last' "$LAB_DIR/doctor.json"
}

# levels ID...: in one line.
levels() {
	local id

	for id in "$@"; do
		level "$id"
	done | paste -sd ' '
}

# A program of somebody else, which passes everything.
attach_foreign() {
	clang-19 -O2 -target bpf -x c -c -o "$LAB_DIR/foreign.o" - <<-END
		__attribute__((section("xdp"))) int foreign(void *ctx) { return 2; }
	END
	lab_in server ip link set dev "$LAB_DEV" xdpgeneric obj "$LAB_DIR/foreign.o" sec xdp
}

# Files of a machine of AWS as Debian 12 finds it, of which only this much is known.
fake_ena() {
	mkdir -p "$LAB_DIR"/aws/{proc/sys/kernel,sys/class/net/ens5/device,sys/drivers/ena}
	echo 6.1.0-50-cloud-amd64 >"$LAB_DIR/aws/proc/sys/kernel/osrelease"
	echo 9001 >"$LAB_DIR/aws/sys/class/net/ens5/mtu"
	echo 0x1003 >"$LAB_DIR/aws/sys/class/net/ens5/flags"
	ln -s ../../../../drivers/ena "$LAB_DIR/aws/sys/class/net/ens5/device/driver"
}

test_open
examine
same before "$(levels D003 D004 D006 D011 D012 D013)" "OK OK OK OK SKIP SKIP"
same before-exit "$EXIT" 0
check before-listeners "says: $(text D015)" grep -q "^to be protected: .*kamailio udp $LAB_SERVER:5060" \
	<<<"$(text D015)"
attach_foreign
examine
same foreign "$(level D011) $EXIT" "FAIL 5"
check foreign-named "$(text D011)" grep -q "foreign, generic mode" <<<"$(text D011)"
# the fix is a command that works
lab_in server bash -c "$(fix D011 | sed 's/.*or: //')"
examine --probe
same foreign-gone "$(level D011)" OK
same probe "$(text D004)" "it was tried: veth runs a program itself"

lab_start_shield
lab_spawn ping "$LAB_ATTACK_CPU" callers ping -q -i 0.02 "$LAB_SERVER"
examine
same protected "$(levels D003 D004 D011 D012 D013 D015 D020) $EXIT" "OK OK OK OK OK OK OK 0"
check proof "says: $(text D013)" grep -qE '^seen [0-9]+ of [0-9]+ packets' <<<"$(text D013)"
same no-carrier "$(level D016)" WARN
examine --strict
same strict "$EXIT" 5
same nobody "$(lab_in server setpriv --reuid=65534 --regid=65534 --clear-groups -- "$LAB_SIPSHIELD" doctor \
	"$LAB_DEV" --json | jq -r '[.checks[] | select(.id == "D012" or .id == "D020") | .level] | join(" ")')" \
	"SKIP SKIP"

"$LAB_BUILD/tools/blind" "$pins/link"
examine
same blind "$(levels D012 D013) $EXIT" "FAIL FAIL 5"
"$LAB_BUILD/tools/blind" "$pins/link" "$pins/ingress"

lab_shield bypass "$LAB_DEV" >/dev/null
examine
same bypassed "$(level D012) $(fix D012)" "FAIL sipshield bypass $LAB_DEV --off"
lab_shield bypass "$LAB_DEV" --off >/dev/null
lab_stop_shield
examine
same no-agent "$(levels D012 D021)" "OK WARN"
# the way out without our program
rm "$pins/link"
lab_in server tc filter del dev "$LAB_DEV" egress pref 1 handle 5060 bpf
same exit-ingress "$(ip -j -n "$LAB_NET-server" link show "$LAB_DEV" | jq '.[0].xdp // "none"')" '"none"'
examine
same exit-is-seen "$(level D012)" FAIL
lab_shield detach "$LAB_DEV" >/dev/null

LAB_POLICY='listeners: [{transport: udp, port: 5999}]' lab_start_shield --mode generic
examine
same generic "$(levels D012 D013)" "WARN OK"
check other-port "says: $(text D015)" grep -q "kamailio .*:5060 is not protected" <<<"$(text D015)"
lab_detach_shield

fake_ena
EXIT=0
"$LAB_SIPSHIELD" doctor ens5 --root "$LAB_DIR/aws" --json >"$LAB_DIR/doctor.json" || EXIT=$?
same aws "$(levels D003 D004 D005 D006) $EXIT" "OK OK SKIP FAIL 5"
same aws-fix "$(fix D006)" "ip link set ens5 mtu 3498"
mkdir -p "$LAB_DIR/aws/etc/sipshield"
echo 'drivers: [{name: ena}]' >"$LAB_DIR/aws/etc/sipshield/drivers.yaml"
check table-errors "no error with its place" \
	grep -q '^/etc/sipshield/drivers.yaml:1:11: error: drivers\[1\]: a driver without kernels' \
	<("$LAB_SIPSHIELD" doctor ens5 --root "$LAB_DIR/aws" 2>&1)
