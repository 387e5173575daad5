# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# A power cut has ended: an office with 300 phones behind one address, and a town with 2,000 phones
# in one /24, register again all at once.

POWER_OFFICE=198.51.100.99
POWER_OFFICE_PHONES=300
POWER_TOWN=198.51.101 # .1 to .250, with eight phones each
POWER_TOWN_HOSTS=250
POWER_TOWN_PORTS=8

POWER_NAMES=(office)
for power_port in $(seq 1 "$POWER_TOWN_PORTS"); do
	POWER_NAMES+=("town-$power_port")
done
unset power_port

# The town's addresses, and who lives there. The accounts are those of five digits.
power_build() {
	local host port user=30000

	for host in $(seq 1 "$POWER_TOWN_HOSTS"); do
		echo "addr add $POWER_TOWN.$host/32 dev phones"
	done | ip -n "$LAB_NET-callers" -batch -
	ip -n "$LAB_NET-router" route add "$POWER_TOWN.0/24" via 198.51.100.2
	for port in $(seq 1 "$POWER_TOWN_PORTS"); do
		echo SEQUENTIAL >"$LAB_DIR/town-$port"
		for host in $(seq 1 "$POWER_TOWN_HOSTS"); do
			user=$((user + 1))
			lab_phone "$POWER_TOWN.$host" "$user" $((20000 + port))
		done >>"$LAB_DIR/town-$port"
	done
	echo SEQUENTIAL >"$LAB_DIR/office"
	for port in $(seq 1 "$POWER_OFFICE_PHONES"); do
		lab_phone "$POWER_OFFICE" $((40000 + port)) $((31000 + port))
	done >>"$LAB_DIR/office"
}

# power_start NAME TRANSPORT PHONES SECONDS OPTION...: they register, all within so many seconds. A
# request is repeated as often as RFC 3261 has it.
power_start() {
	local name=$1 transport=$2 phones=$3 seconds=$4
	shift 4

	rm -f "$LAB_DIR/$name.csv"
	lab_spawn "power-$name" "$LAB_ATTACK_CPU" callers sipp "$LAB_SERVER" -max_socket 4000 \
		-sf "$LAB_SOURCES/sipp/register.xml" -inf "$LAB_DIR/$name" -t "$transport" \
		-r "$phones" -rp "${seconds}s" -m "$phones" -l "$phones" -max_non_invite_retrans 10 \
		-default_behaviors all,-bye -recv_timeout 32000 -nostdin \
		-trace_stat -stf "$LAB_DIR/$name.csv" -fd 1 \
		-trace_err -error_file "$LAB_DIR/$name.err" "$@"
}

# power_cut SECONDS: all come back within so many seconds. Sets POWER_TOOK, the seconds until the
# last one was served or had given up.
power_cut() {
	local seconds=$1 port jobs=() began=$SECONDS

	# a port for each phone, as behind a NAT
	power_start office un "$POWER_OFFICE_PHONES" "$seconds" -i "$POWER_OFFICE"
	jobs+=("$LAB_PID")
	for port in $(seq 1 "$POWER_TOWN_PORTS"); do
		power_start "town-$port" ui "$POWER_TOWN_HOSTS" "$seconds" -i 198.51.100.2 \
			-ip_field 0 -p $((20000 + port))
		jobs+=("$LAB_PID")
	done
	lab_await "${jobs[@]}"
	POWER_TOOK=$((SECONDS - began))
}

# power_count COLUMN NAME...: of SIPp's statistics, all together.
power_count() {
	local column=$1 name sum=0
	shift

	for name in "$@"; do
		sum=$((sum + $(lab_sipp_count "$name" "$column")))
	done
	echo "$sum"
}

# Phones that are back.
power_back() {
	power_count 'SuccessfulCall(C)' "$@"
}
