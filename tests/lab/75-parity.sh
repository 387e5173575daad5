#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# What the shield takes a message to be is what a real Kamailio takes it to be, and libosip2 where
# Kamailio refuses it: the files below tests/vectors, then PARITY_COUNT messages that are made of
# them, always the same for one PARITY_SEED. Differences that docs/limits.md argues are counted, any
# other fails. A longer run:
#
#   PARITY_COUNT=1000000 PARITY_SEED=7 BUILD=build tests/lab/75-parity.sh
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1

parity=${BUILD:-build}/parity
port=5060

# In namespaces of its own, so that nothing else hears it and nothing outlives it.
if [[ ${1-} != inside ]]; then
	work=$(mktemp -d /tmp/sipshield-parity.XXXXXX)
	trap 'rm -rf "$work"' EXIT
	PARITY_WORK=$work unshare --net --pid --fork --kill-child --mount-proc "$0" inside
	exit
fi

work=$PARITY_WORK
ip link set lo up
sed "s/@PORT@/$port/" tests/parity/kamailio.cfg >"$work/kamailio.cfg"
mkfifo "$work/log"
kamailio -DD -E -m 16 -M 16 -f "$work/kamailio.cfg" -Y "$work" -w "$work" \
	-P "$work/kamailio.pid" 2>"$work/log" >/dev/null &
exec 3<"$work/log"

listens() {
	grep -qi "0100007F:$(printf %04X $port) " /proc/net/udp
}

for _ in {1..100}; do
	listens && break
	sleep 0.1
done
if ! listens; then
	echo "not ok parity: Kamailio did not start: $(timeout 1 head -n 5 <&3 | tail -n 1)"
	exit 1
fi

lost() {
	awk '/^Udp:/ && $6 ~ /^[0-9]+$/ { print $6 }' /proc/net/snmp
}

status=0
"$parity" compare tests/vectors "${PARITY_COUNT:-20000}" "${PARITY_SEED:-1}" $port <&3 >"$work/out" ||
	status=$?
sed 's/^/# /' "$work/out"
if [[ $(lost) -ne 0 ]]; then
	echo "not ok parity: $(lost) messages did not reach Kamailio"
	status=1
elif [[ $status -eq 0 ]]; then
	echo "ok parity ($(head -n 1 "$work/out"))"
else
	echo "not ok parity: $(grep -c '^difference in' "$work/out") differences that nothing argues"
fi
exit $status
