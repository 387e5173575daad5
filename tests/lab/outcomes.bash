# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the scripts and the lab share variables
#
# Scenes that differ by their outcome alone: what attackers send here is what phones send. The
# lab plays them live (82-outcomes.sh) and they were recorded for the replay tests
# (tests/scenarios/record). Each scene plays to its end; $LAB_DIR/NAME.log has what a dancer counted.

OUTCOME_CRACKER=203.0.113.20
OUTCOME_DIRECTORY=203.0.113.23
OUTCOME_CRACKER6=2001:db8:113::20
OUTCOME_SVCRACK=203.0.113.21
OUTCOME_SLOW=203.0.113.22
OUTCOME_TOLL=203.0.113.24
OUTCOME_HOME=198.51.100.60     # one phone
OUTCOME_MISTYPED=198.51.100.61 # 31 phones, one of which has a wrong password
OUTCOME_VICTIM=198.51.100.62
OUTCOME_OFFICE=198.51.100.63   # 20 phones and a scanner
OUTCOME_AVALANCHE=198.51.100.64
OUTCOME_UNREGISTERED=198.51.100.65
OUTCOME_CARRIER=198.51.100.70
OUTCOME_NEWCOMERS=101          # the last byte of the first of 20

ANY_CPU=0-$(($(nproc) - 1))
SCENE_PIDS=()

# dance NAME NAMESPACE ACT --src ADDRESS OPTION...: in the background.
dance() {
	local name=$1 ns=$2 server=$LAB_SERVER
	shift 2
	[[ $3 != *:* ]] || server=$LAB_SERVER6
	lab_spawn "$name" "$ANY_CPU" "$ns" "$LAB_BUILD/tools/dance" "$@" --dst "$server"
	SCENE_PIDS+=("$LAB_PID")
}

scene_end() {
	lab_await "${SCENE_PIDS[@]}"
	SCENE_PIDS=()
}

# danced NAME COUNT: what a dancer counted.
danced() {
	tail -n 1 "$LAB_DIR/$1.log" | jq -r ".$2" || echo "none"
}

# scene_cracker ACT ADDRESS TRIES: one user and many passwords, while a phone registers time and
# again.
scene_cracker() {
	dance home callers phone --src "$OUTCOME_HOME" --users 1230 --waits 1,1
	dance "$1" attackers "$1" --src "$2" --users 1001 --tries "$3" --gap 100 --patience 700
	scene_end
}

# One guess for each user, from a port and with a nonce of its own, and each after a silence.
scene_slow_cracker() {
	dance slow attackers enumerate --src "$OUTCOME_SLOW" --users 1502-1531 --port 22000 \
		--gap 200 --patience 700
	scene_end
}

# scene_mistyped SECONDS,SECONDS: baresip with a wrong password, 15 rejections at once, and again
# after two silences. The neighbours register when it does.
scene_mistyped() {
	dance neighbours callers phone --src "$OUTCOME_MISTYPED" --users 1240-1269 --port 40000 \
		--stagger 20 --waits "$1"
	dance mistyped callers mistyped --src "$OUTCOME_MISTYPED" --users 1270 --port 41000 \
		--tries 15 --waits "$1" --patience 700
	scene_end
}

# A cracker that sends from the address of somebody who is trusted: his port and others, the hop
# limit that his packets have and another one.
scene_forged() {
	dance victim callers phone --src "$OUTCOME_VICTIM" --users 1231 --port 5060 --waits 1,1
	lab_sleep 0.3
	dance forged attackers forge --src "$OUTCOME_VICTIM" --port 5060 --users 1001 --tries 20 \
		--gap 10 --ttl 64
	dance forged-far attackers forge --src "$OUTCOME_VICTIM" --port 5060 --users 1001 \
		--tries 20 --gap 10 --ttl 50
	dance forged-ports attackers forge --src "$OUTCOME_VICTIM" --port 6060 --users 1001-1040 \
		--gap 10
	scene_end
}

# scene_office USERS TRIES: an office in which a scanner works: one tool that falls by structure, one
# that looks like a phone and tries so many passwords for each of these users.
scene_office() {
	dance office callers phone --src "$OUTCOME_OFFICE" --users 1280-1299 --port 40000 \
		--stagger 20 --waits 1,1
	lab_sleep 0.6
	lab_spawn tool "$ANY_CPU" callers "$LAB_BUILD/tools/shapes" sippts-rcrack --count 20 \
		--src "$OUTCOME_OFFICE" --dst "$LAB_SERVER"
	SCENE_PIDS+=("$LAB_PID")
	dance scanner callers enumerate --src "$OUTCOME_OFFICE" --users "$1" --tries "$2" \
		--port 30000 --gap 20 --patience 700
	scene_end
}

# scene_avalanche SECONDS,...: phones behind one address that come back at once after each silence.
scene_avalanche() {
	dance avalanche callers phone --src "$OUTCOME_AVALANCHE" --users 1300-1359 --port 40000 \
		--stagger 30 --waits "$1"
	scene_end
}

# One stolen account, which never registers, looks for extensions.
scene_directory() {
	dance directory attackers toll --src "$OUTCOME_DIRECTORY" --users 1450 --tries 16 \
		--called "$(seq -s, 201 216)" --port 20000 --gap 200 --patience 700
	scene_end
}

# Somebody who can be reached, but is not registered, and a search for users from his address.
scene_forged_directory() {
	dance unregistered callers toll --src "$OUTCOME_UNREGISTERED" --users 1451 --called 2009
	scene_end
	dance forged attackers forge --src "$OUTCOME_UNREGISTERED" --port 6061 --users 201-240 \
		--gap 10 --ttl 64
	dance forged-far attackers forge --src "$OUTCOME_UNREGISTERED" --port 6061 \
		--users 241-280 --gap 10
	scene_end
	dance unregistered2 callers toll --src "$OUTCOME_UNREGISTERED" --users 1451 --called 2009
	scene_end
}

# Twelve stolen accounts and two ways to dial one number.
scene_toll() {
	dance toll attackers toll --src "$OUTCOME_TOLL" --users 1400-1411 --port 21000 \
		--called 011972597000000,9011972597000000 --gap 200 --patience 700
	scene_end
}

# Phones that are seen for the first time, each at an address of its own.
scene_newcomers() {
	local i

	for ((i = 0; i < 20; i++)); do
		dance "newcomer$i" callers phone --src "198.51.100.$((OUTCOME_NEWCOMERS + i))" \
			--users $((1420 + i)) --seed "$i" --waits 2
	done
	scene_end
}

# A carrier calls, and somebody scans from its address: a tool and what looks like a phone. Its own
# calls are SIPp's.
scene_carrier() {
	local port=7001

	lab_in attackers nft -f - <<-END
		table ip carrier { chain out { type nat hook postrouting priority 100;
			udp sport $port snat to $OUTCOME_CARRIER:5070; }; }
	END
	{
		echo SEQUENTIAL
		lab_phone "$OUTCOME_CARRIER" 1440
	} >"$LAB_DIR/carrier.phones"
	lab_sipp carrier call "$LAB_DIR/carrier.phones" 6 2
	SCENE_PIDS+=("$LAB_PID")
	lab_attack carrier-tool svmap -P "$port" "$LAB_SERVER"
	SCENE_PIDS+=("$LAB_PID")
	dance carrier-forged attackers forge --src "$OUTCOME_CARRIER" --port 5060 --users 1001 \
		--tries 30 --gap 20
	scene_end
	lab_in attackers nft delete table ip carrier
}
