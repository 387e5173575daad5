# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# Who keeps calling under which flood, and behind which protection: known phones, phones that nobody
# has seen before, and a carrier.

STAND_CALLS=100   # of known phones in a row
STAND_NEW=20      # calls of phones that were never seen before
STAND_CARRIER=40  # calls of the carrier
STAND_SECONDS=18  # a flood ends by itself after so long
STAND_RATE=0      # of a flood, packets a second; 0: as strong as one core can send it
STAND_PROTECTIONS=(none nftables pike sipshield)
STAND_FLOODS=(quiet one-source many-sources random phones-far phones-near phones-port
	carrier-far carrier-port)

# NAME -> text for people
declare -A STAND_TEXT=(
	[quiet]='no flood'
	[one-source]='one source'
	[many-sources]='10,000 sources'
	[random]='random forged sources'
	[phones-far]="the phones' addresses and port, other hop limit"
	[phones-near]="the phones' addresses and hop limit, other ports"
	[phones-port]="the phones' addresses, port and hop limit"
	[carrier-far]="the carrier's address and port, other hop limit"
	[carrier-port]="the carrier's address, port and hop limit"
)
declare -A STAND # PROTECTION.FLOOD.WHO.WHAT -> value

STAND_NEAR=63 # the hop limit with which the lab's phones arrive

# stand_flood NAME: nothing for `quiet`.
stand_flood() {
	local mix=REGISTER,INVITE,OPTIONS phones=@$LAB_DIR/phones.list carrier=$LAB_CARRIER

	case $1 in
	one-source) set -- "$LAB_FLOODER" ;;
	many-sources) set -- "$LAB_FORGED" --sources 10000 --sport 0 ;;
	random) set -- random --sport 0 ;;
	phones-far) set -- "$phones" --ttl 50 ;;
	phones-near) set -- "$phones" --sport 0 --ttl "$STAND_NEAR" ;;
	phones-port) set -- "$phones" --ttl "$STAND_NEAR" ;;
	carrier-far) set -- "$carrier" --ttl 50 ;;
	carrier-port) set -- "$carrier" --ttl "$STAND_NEAR" ;;
	*) return 0 ;;
	esac
	lab_forge "$1" "$STAND_SECONDS" --method "$mix" --rate "$STAND_RATE" "${@:2}"
}

# The carrier, the phones' addresses for the flood, and for each flood phones that nobody has seen.
stand_write_callers() {
	local host=55 user=1100 flood

	printf 'SEQUENTIAL\n%s;0441632960000\n' "$LAB_CARRIER" >"$LAB_DIR/carrier"
	sed -n '2,$s/;.*//p' "$LAB_DIR/phones" >"$LAB_DIR/phones.list"
	for flood in "${STAND_FLOODS[@]}"; do
		lab_phones "$LAB_DIR/new.$flood" "$user" "$host" $((host + STAND_NEW - 1))
		host=$((host + STAND_NEW)) user=$((user + STAND_NEW))
	done
	((host <= 240)) || lab_die "too many floods for the addresses of new phones"
}

# stand_late NAME PID CALLS PERCENT: milliseconds within which so many percent of all calls were
# answered; `-` if fewer ever were.
stand_late() {
	cat "$LAB_DIR"/*_"$2"_rtt.csv 2>/dev/null | awk -F';' '$2 ~ /^[0-9.]+$/ { print $2 }' |
		sort -n | awk -v calls="$3" -v percent="$4" '
			{ took[NR] = $1 }
			END {
				rank = int((calls * percent + 99) / 100)
				if (rank in took)
					printf "%d\n", took[rank] + 0.5
				else
					print "-"
			}'
}

# stand_note KEY NAME PID CALLS PERCENT: keep how many calls succeeded, and how soon.
stand_note() {
	STAND[$1.ok]=$(lab_sipp_count "$2" 'SuccessfulCall(C)')
	STAND[$1.late]=$(stand_late "$2" "$3" "$4" "$5")
	STAND[$1.again]=$(lab_sipp_count "$2" 'Retransmissions(C)')
}

# stand_cell PROTECTION FLOOD: all callers under one flood.
stand_cell() {
	local key=$1.$2 wire lost began known new carrier timed=(-trace_rtt -rtt_freq 1)

	lab_forget "$1"
	wire=$(lab_wire) lost=$(lab_overruns) began=${EPOCHREALTIME/./}
	stand_flood "$2"
	lab_sleep 1
	lab_sipp known call "$LAB_DIR/phones" "$STAND_CALLS" 15 "${timed[@]}"
	known=$LAB_PID
	lab_sipp new call "$LAB_DIR/new.$2" "$STAND_NEW" 3 "${timed[@]}"
	new=$LAB_PID
	lab_sipp carrier carrier "$LAB_DIR/carrier" "$STAND_CARRIER" 6 "${timed[@]}"
	carrier=$LAB_PID
	lab_await "$known" "$new" "$carrier"
	STAND[$key.pps]=$((($(lab_wire) - wire) * 1000000 / (${EPOCHREALTIME/./} - began)))
	STAND[$key.lost]=$((($(lab_overruns) - lost) * 1000 / ($(lab_wire) - wire + 1)))
	lab_end_attacks
	stand_note "$key.known" known "$known" "$STAND_CALLS" 99
	stand_note "$key.new" new "$new" "$STAND_NEW" 95
	stand_note "$key.carrier" carrier "$carrier" "$STAND_CARRIER" 99
	lab_say "$(printf '%-9s %-12s %7d/s, %3d in 1000 lost  known %3d/%d %5s ms  new %2d/%d %5s ms  carrier %2d/%d %5s ms' \
		"$1" "$2" "${STAND[$key.pps]}" "${STAND[$key.lost]}" \
		"${STAND[$key.known.ok]}" "$STAND_CALLS" "${STAND[$key.known.late]}" \
		"${STAND[$key.new.ok]}" "$STAND_NEW" "${STAND[$key.new.late]}" \
		"${STAND[$key.carrier.ok]}" "$STAND_CARRIER" "${STAND[$key.carrier.late]}")"
}

# stand_header TITLE: of a table with a column for each protection.
stand_header() {
	printf '\n| %s |' "$1"
	printf ' %s |' "${STAND_PROTECTIONS[@]}"
	printf '\n|---|'
	printf -- '---|%.0s' "${STAND_PROTECTIONS[@]}"
	echo
}

# stand_table WHO CALLS TITLE: percent of calls that succeeded, and within how many milliseconds.
stand_table() {
	local flood protection percent

	stand_header "$3"
	for flood in "${STAND_FLOODS[@]}"; do
		printf '| %s' "${STAND_TEXT[$flood]}"
		for protection in "${STAND_PROTECTIONS[@]}"; do
			percent=$((${STAND[$protection.$flood.$1.ok]} * 100 / $2))
			printf ' | %s %%, %s' "$percent" "${STAND[$protection.$flood.$1.late]}"
		done
		echo ' |'
	done
}

stand_tables() {
	local flood protection

	stand_table known "$STAND_CALLS" 'known phones: calls, 99 % within ms'
	stand_table new "$STAND_NEW" 'new callers: calls, 95 % within ms'
	stand_table carrier "$STAND_CARRIER" 'the carrier: calls, 99 % within ms'
	stand_header 'the floods: thousand packets a second'
	for flood in "${STAND_FLOODS[@]:1}"; do
		printf '| %s' "${STAND_TEXT[$flood]}"
		for protection in "${STAND_PROTECTIONS[@]}"; do
			printf ' | %d' $((STAND[$protection.$flood.pps] / 1000))
		done
		echo ' |'
	done
}

# Sources that are banned now, on one line.
stand_banned() {
	lab_shield ban list --json --dev "$LAB_DEV" | jq -r '[.bans[].src] | join(" ")'
}

# stand_never_ban TRIES: requests of every kind forged from those who must never be banned, with
# credentials that nobody has; says who was banned nevertheless.
stand_never_ban() {
	{
		echo "$LAB_SERVER"
		echo 192.0.2.1 # its gateway
		echo "$LAB_CARRIER"
		awk '$1 == "nameserver" && $2 !~ /:/ { print $2 }' /etc/resolv.conf
	} >"$LAB_DIR/never.list"
	lab_forge "@$LAB_DIR/never.list" 18 --count "$1" --method REGISTER,INVITE,OPTIONS \
		--credentials --ttl "$STAND_NEAR"
	lab_await "$LAB_PID"
	lab_sleep 2 # two rounds of the agent
	stand_banned
}

# The whole comparison. STAND has what was measured.
stand_run() {
	local protection flood

	lab_say "standing: $LAB_PHONES known phones, $STAND_NEW new callers and a carrier in each row"
	lab_open
	stand_write_callers
	for protection in "${STAND_PROTECTIONS[@]}"; do
		lab_protect "$protection"
		for flood in "${STAND_FLOODS[@]}"; do
			stand_cell "$protection" "$flood"
		done
		[[ $protection == sipshield ]] || lab_unprotect "$protection"
	done
	stand_tables
}

# stand_promise TEXT HOLDS
stand_promise() {
	if (($2)); then
		echo "kept: $1"
	else
		echo "BROKEN: $1"
		STAND_BROKEN=1
	fi
}

# stand_known FLOOD: known phones call, and wait no longer than twice as long as without a flood.
stand_known() {
	local key=sipshield.$1.known ok late quiet=${STAND[sipshield.quiet.known.late]}

	ok=${STAND[$key.ok]} late=${STAND[$key.late]}
	stand_promise "${STAND_TEXT[$1]}: known phones $ok of $STAND_CALLS calls, $late ms ($quiet ms)" \
		"$((ok * 100 >= STAND_CALLS * 99 && ${late/-/999999} <= 2 * ${quiet/-/0}))"
}

# New callers get through a flood of random sources, at most 0.6 s later.
stand_newcomers() {
	local ok late quiet

	ok=${STAND[sipshield.random.new.ok]} late=${STAND[sipshield.random.new.late]}
	quiet=${STAND[sipshield.quiet.new.late]}
	stand_promise "${STAND_TEXT[random]}: new callers $ok of $STAND_NEW calls, $late ms ($quiet ms)" \
		"$((ok * 100 >= STAND_NEW * 95 && ${late/-/999999} <= ${quiet/-/0} + 600))"
}

# The verdict: every line is a promise; the exit status is 1 if one is broken.
stand_verdict() {
	local flood banned

	STAND_BROKEN=0
	echo
	for flood in "${STAND_FLOODS[@]:1}"; do
		# whose address, port and hop limit are all known, has nothing left to be known by
		[[ $flood == phones-port ]] || stand_known "$flood"
	done
	stand_newcomers
	banned=$(stand_banned)
	stand_promise "banned after all floods: ${banned:-nobody}" "$((${#banned} == 0))"
	banned=$(stand_never_ban 1000000)
	stand_promise "banned after 1,000,000 requests in the name of the never-banned: ${banned:-nobody}" \
		"$((${#banned} == 0))"
	return "$STAND_BROKEN"
}
