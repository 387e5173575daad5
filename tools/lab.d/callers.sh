# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# The callers: phones of our own, made with SIPp.

LAB_CALLED=198.51.100.250
LAB_CARRIER=198.51.100.240

# lab_phone ADDRESS USER [PORT]: a phone as a line of SIPp's input, where it is called at PORT.
lab_phone() {
	echo "$1;$2;[authentication username=$2 password=lab-$2];$1:${3:-5060}"
}

# lab_phones FILE FIRST-USER HOST-FROM HOST-TO: write phones that each have an address of their own.
lab_phones() {
	local file=$1 user=$2 host

	echo SEQUENTIAL > "$file"
	for host in $(seq "$3" "$4"); do
		lab_phone "198.51.100.$host" "$user"
		user=$((user + 1))
	done >> "$file"
}

# lab_sipp NAME SCENARIO PHONES CALLS RATE [OPTION...]: place CALLS calls (or registrations) at RATE
# a second from the phones of the file PHONES, in the background. The outcome is in
# $LAB_DIR/NAME.csv.
lab_sipp() {
	local name=$1 scenario=$2 phones=$3 calls=$4 rate=$5
	shift 5

	rm -f "$LAB_DIR/$name.csv"
	lab_spawn "$name" "$LAB_SERVER_CPU" callers env -C "$LAB_DIR" chrt -f 20 \
		sipp "$LAB_SERVER" -max_socket 4000 \
		-sf "$LAB_SOURCES/sipp/$scenario.xml" -inf "$phones" \
		-i 198.51.100.2 -t ui -ip_field 0 -p 5060 -default_behaviors all,-bye -recv_timeout 2000 -r "$rate" -m "$calls" \
		-nostdin -trace_stat -stf "$LAB_DIR/$name.csv" -fd 1 \
		-trace_err -error_file "$LAB_DIR/$name.err" "$@"
}

# lab_sipp_count NAME COLUMN: the last value of a column of SIPp's statistics, 0 before there is one.
lab_sipp_count() {
	[[ -s $LAB_DIR/$1.csv ]] || { echo 0; return; }
	awk -F';' -v want="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == want) col = i }
		NR > 1 && col { value = $col }
		END { print value + 0 }' "$LAB_DIR/$1.csv"
}

# Known phones at .11 to .50, newcomers at .101 and up: others in each phase, as they are new once.
lab_write_phones() {
	local phase user=1100 host=101

	lab_phones "$LAB_DIR/phones" 1000 11 $((10 + LAB_PHONES))
	for phase in flood forged flood-shield forged-shield; do
		lab_phones "$LAB_DIR/newcomers.$phase" "$user" "$host" $((host + LAB_NEWCOMERS - 1))
		user=$((user + LAB_NEWCOMERS)) host=$((host + LAB_NEWCOMERS))
	done
	printf 'SEQUENTIAL\n%s\n' "$(lab_phone "$LAB_CALLED" 2000 5070)" >"$LAB_DIR/called"
}

# Register the known phones and the one that they call.
lab_register_phones() {
	local called

	lab_sipp called register "$LAB_DIR/called" 1 10
	called=$LAB_PID
	lab_sipp register register "$LAB_DIR/phones" "$LAB_PHONES" 40
	lab_await "$called" "$LAB_PID"
	(($(lab_sipp_count called 'SuccessfulCall(C)') == 1 &&
		$(lab_sipp_count register 'SuccessfulCall(C)') == LAB_PHONES)) ||
		lab_die "not all phones could register: $(head -c 600 "$LAB_DIR/register.err")"
}
