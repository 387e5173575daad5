#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command line against a shield that runs: what is wrong is refused with a sentence and changes
# nothing, what prints JSON prints JSON, and nobody else's program is displaced.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

# exits NAME STATUS PATTERN ARGUMENT...: the exit status, and what is said about it on stderr.
exits() {
	local name=$1 want=$2 pattern=$3 got=0
	shift 3

	timeout 10 nsenter --net="/run/netns/$LAB_NET-server" -- "$LAB_SIPSHIELD" "$@" \
		>"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null || got=$?
	if [[ $got -ne $want ]]; then
		not_ok "$name" "exit status $got, must be $want: $(head -n 1 "$LAB_DIR/err")"
	elif ! grep -qEe "$pattern" "$LAB_DIR/err" "$LAB_DIR/out"; then
		not_ok "$name" "nothing like '$pattern' in: $(head -n 2 "$LAB_DIR/err")"
	else
		ok "$name"
	fi
}

# prints_json NAME STATUS ARGUMENT...: one document whose first key is schema_version.
prints_json() {
	local name=$1 want=$2 got=0
	shift 2

	lab_shield "$@" >"$LAB_DIR/out" 2>"$LAB_DIR/err" </dev/null || got=$?
	if [[ $got -ne $want ]]; then
		not_ok "$name" "exit status $got, must be $want: $(head -n 1 "$LAB_DIR/err")"
	elif [[ $(jq -r 'keys_unsorted[0]' "$LAB_DIR/out" 2>&1) != schema_version ]]; then
		not_ok "$name" "no JSON document that begins with schema_version"
	else
		ok "$name"
	fi
}

# What must not change: policy, bans, allowed sources.
state() {
	lab_shield policy show --dev "$LAB_DEV"
	lab_shield ban list --quiet --dev "$LAB_DEV"
	lab_shield allow list --dev "$LAB_DEV"
	lab_status .policy.generation
}

# bad_policy NAME PATTERN: the policy on stdin is refused at its line and column.
bad_policy() {
	cat >"$LAB_DIR/$1.yaml"
	exits "policy-$1" 2 "$1.yaml:[0-9]+:[0-9]+: error: .*$2" \
		policy apply "$LAB_DIR/$1.yaml" --dev "$LAB_DEV"
}

bad_policies() {
	bad_policy syntax '' <<<'listeners: [ {'
	bad_policy unknown-key 'listeners' <<<'listenerz: []'
	bad_policy duplicate-key '' <<<$'mode: shadow\nmode: enforce'
	bad_policy mode 'mode' <<<'mode: sometimes'
	bad_policy prefix '' <<<'deny: [ 10.0.0.0/33 ]'
	bad_policy address '' <<<'allow: [ 300.1.2.3 ]'
	bad_policy port '' <<<'listeners: [ { transport: udp, port: 70000 } ]'
	bad_policy anchor '' <<<$'allow: &x [ 10.0.0.1 ]\ndeny: *x'
	bad_policy carrier '' <<<'carriers: [ { name: x, prefixes: [ 10.0.0.0/8 ], cps: many } ]'
	bad_policy signature 'can never hit: .*; fix: ' \
		<<<'signatures: [ { name: x, match: { call-id: { equals: abc, length: 9 } } } ]'
	bad_policy shape '' <<<$'- a\n- list'
	printf 'mode: "\377\376"\n' | bad_policy encoding ''
	cat >"$LAB_DIR/all.yaml" <<<$'mode: never\nfrob: 1\ndeny: [ x ]'
	exits policy-all-errors 2 'all.yaml:3:' policy check "$LAB_DIR/all.yaml"
}

bad_arguments() {
	exits no-verb 2 'help' ban
	exits unknown-object 2 'frob' frob
	exits unknown-option 2 '--frob' status --frob
	exits ban-no-address 2 '1.2.3' ban add 1.2.3 --dev "$LAB_DEV"
	exits ban-bad-ttl 2 'soon' ban add 203.0.113.9 --ttl soon --dev "$LAB_DEV"
	exits mirror-bad-port 2 '127.0.0.1:99999' mirror 127.0.0.1:99999 --dev "$LAB_DEV"
	exits mirror-no-port 2 '127.0.0.1:0' mirror 127.0.0.1:0 --dev "$LAB_DEV"
	exits mirror-bad-id 2 '4294967296' mirror 127.0.0.1 --id 4294967296 --dev "$LAB_DEV"
	exits ban-own-address 4 "$LAB_SERVER" ban add "$LAB_SERVER" --dev "$LAB_DEV"
	exits ban-gateway 4 192.0.2.1 ban add 192.0.2.1 --dev "$LAB_DEV"
	exits allow-bad-length 2 '/99' allow add 203.0.113.0/99 --dev "$LAB_DEV"
	exits too-many 2 'too many' run "$LAB_DEV" another
	exits bad-mode 2 'sideways' run "$LAB_DEV" --mode sideways
	exits no-interface 2 'nosuch0' run nosuch0
	exits not-protected 3 'lo' status lo
	exits no-capture 2 'nosuch' replay "$LAB_DIR/nosuch.pcap"
	echo "not a capture" >"$LAB_DIR/junk.pcap"
	exits junk-capture 2 'junk.pcap' replay "$LAB_DIR/junk.pcap"
}

# Every verb that the help names has help of its own.
verbs_have_help() {
	local words

	lab_shield --help | sed -n 's/^  \([a-z]\+\( [a-z]\+\)\?\)  .*/\1/p' >"$LAB_DIR/verbs"
	at_least verbs-in-help "$(wc -l <"$LAB_DIR/verbs")" 15
	while read -ra words; do
		exits "help-${words[*]}" 0 "^Usage: sipshield ${words[*]} " "${words[@]}" --help
	done <"$LAB_DIR/verbs"
}

reading_verbs_print_json() {
	prints_json json-status 0 status --json
	prints_json json-source-list 0 source list --json
	prints_json json-source-show 0 source show 198.51.100.11 --json
	prints_json json-explain 0 explain 198.51.100.11 --json
	prints_json json-ban-add 0 ban add 203.0.113.9 --ttl 60s --json
	prints_json json-ban-list 0 ban list --json
	prints_json json-ban-del 0 ban del 203.0.113.9 --json
	prints_json json-allow-add 0 allow add 203.0.113.8 --json
	prints_json json-allow-list 0 allow list --json
	prints_json json-allow-del 0 allow del 203.0.113.8 --json
	prints_json json-policy-signatures 0 policy signatures --json
	prints_json json-policy-show 0 policy show --json
	prints_json json-policy-check 0 policy check --json "$LAB_DIR/policy.yaml"
	prints_json json-policy-apply 0 policy apply --json "$LAB_DIR/policy.yaml"
	prints_json json-version 0 version --json
	check metrics-are-clean "promtool finds faults" \
		eval 'lab_shield metrics | promtool check metrics >/dev/null'
	check metrics-are-served "nothing clean at 127.0.0.1:9478" \
		eval 'lab_in server curl -sf http://127.0.0.1:9478/metrics | promtool check metrics >/dev/null'
}

# explained ADDRESS FILTER: a value of `explain --json`.
explained() {
	lab_shield explain "$1" --json --dev "$LAB_DEV" | jq -r "$2"
}

# The verdict names the stage that decides, with and without an agent.
explain_verdicts() {
	local banned=203.0.113.9

	same explain-trusted "$(explained 198.51.100.11 .verdict.reason)" known-source
	same explain-stranger "$(explained "$banned" '.verdict.stage + " " + .verdict.reason')" "lane request"
	lab_shield ban add "$banned" --ttl 60s --reason "toll fraud" --dev "$LAB_DEV" >/dev/null
	same explain-banned "$(explained "$banned" '.verdict.stage + " " + .verdict.reason')" "ban banned"
	exits explain-remedy 0 "ban +ends in .*, or by .sipshield ban del $banned" \
		explain "$banned" --dev "$LAB_DEV"
	lab_shield ban del "$banned" --dev "$LAB_DEV" >/dev/null
	same explain-own-address "$(explained "$LAB_SERVER" '.stages[0].sentence')" \
		"never banned and never denied: an address of this host, a gateway or a resolver"
	exits explain-no-address 2 '1.2.3' explain 1.2.3 --dev "$LAB_DEV"
}

# signature_hits KEY: the count of the test's signature.
signature_hits() {
	lab_shield policy signatures --json --dev "$LAB_DEV" |
		jq ".signatures[] | select(.name == \"lab-caller\") | .$1"
}

# signature_has KEY COUNT
signature_has() {
	[[ $(signature_hits "$1") -eq $2 ]]
}

# send_invite CALLED: one INVITE of a stranger over UDP, in one datagram.
send_invite() {
	# through a file: bash writes a line at a time, and each would be a datagram
	printf '%s\r\n' "INVITE sip:$1@$LAB_SERVER SIP/2.0" \
		"Via: SIP/2.0/UDP 198.51.100.250;branch=z9hG4bKlab$1$RANDOM" \
		"From: <sip:mallory@lab.test>;tag=$RANDOM" "To: <sip:$1@lab.test>" \
		"Call-ID: lab$1$RANDOM" "CSeq: 1 INVITE" "Max-Forwards: 70" \
		"User-Agent: Lab/Caller 1.0" "Content-Length: 0" "" >"$LAB_DIR/invite"
	lab_in attackers bash -c "cat '$LAB_DIR/invite' >/dev/udp/$LAB_SERVER/5060"
}

# A rule that an operator writes: in shadow it counts, enforced it drops, and it can be read back.
signature_of_ones_own() {
	local file=$LAB_DIR/signature.yaml

	cat >"$file" <<-'END'
		signatures:
		  - name: lab-caller
		    match: { method: { equals: INVITE }, user-agent: { word: caller }, ruri-user: { prefix: "00442" } }
	END
	lab_shield policy apply "$file" --dev "$LAB_DEV" >/dev/null
	send_invite 00442079460000
	send_invite 00331000000000
	check signature-counts-in-shadow "shadow is $(signature_hits shadow), must be 1" \
		lab_wait 3 signature_has shadow 1
	same signature-in-shadow-drops-nothing "$(signature_hits dropped)" 0
	sed -i 's/lab-caller/&\n    action: enforce/' "$file"
	lab_shield policy apply "$file" --dev "$LAB_DEV" >/dev/null
	send_invite 00442079460001
	check signature-drops "dropped is $(signature_hits dropped), must be 1" \
		lab_wait 3 signature_has dropped 1
	same signature-keeps-its-count "$(signature_hits shadow)" 1
	lab_shield policy show --dev "$LAB_DEV" >"$LAB_DIR/shown.yaml"
	exits signature-shown-applies 0 '' policy apply "$LAB_DIR/shown.yaml" --dev "$LAB_DEV"
	check signature-shown-is-the-same "applied, it shows as another one" \
		cmp -s <(grep -v '^#' "$LAB_DIR/shown.yaml") \
		<(lab_shield policy show --dev "$LAB_DEV" | grep -v '^#')
	exits signature-is-listed 0 '^signatures +lab-caller +enforce +1 +1 method: ' \
		policy signatures --dev "$LAB_DEV"
}

# An XDP program of someone else stays, and the shield says so.
foreign_program() {
	local id

	clang-19 -target bpf -O2 -c -x c -o "$LAB_DIR/foreign.o" - <<-'END'
		__attribute__((section("xdp"))) int foreign(void *ctx) { return 2; }
		char gpl[] __attribute__((section("license"))) = "GPL";
	END
	lab_in callers ip link set dev phones xdp obj "$LAB_DIR/foreign.o" sec xdp
	id=$(foreign_id)
	for mode in native generic; do
		LAB_WHERE=callers exits_in "foreign-program-$mode" '1|4' run phones --mode "$mode" --state-dir '' \
			--metrics-port 0
	done
	same foreign-program-stays "$(foreign_id)" "$id"
	check foreign-no-pins "pins of phones are left" test ! -e /sys/fs/bpf/sipshield/phones
}

foreign_id() {
	lab_in callers ip -j link show phones | jq '.[0].xdp.prog.id'
}

# exits_in NAME STATUSES ARGUMENT...: refused with a sentence, in the callers' namespace.
exits_in() {
	local name=$1 statuses=$2 got=0
	shift 2

	timeout 5 nsenter --net="/run/netns/$LAB_NET-callers" -- "$LAB_SIPSHIELD" "$@" \
		&>"$LAB_DIR/err" </dev/null || got=$?
	if [[ $got =~ ^($statuses)$ ]] && grep -q 'sipshield: .*phones' "$LAB_DIR/err"; then
		ok "$name"
	else
		not_ok "$name" "exit status $got: $(head -n 1 "$LAB_DIR/err")"
	fi
}

test_open
lab_start_shield
lab_register_phones
state >"$LAB_DIR/before"
bad_policies
bad_arguments
exits second-instance '4' 'already|runs|instance' run "$LAB_DEV"
state >"$LAB_DIR/after"
check nothing-changed "$(diff "$LAB_DIR/before" "$LAB_DIR/after" | head -n 3 | tr '\n' ' ')" \
	cmp -s "$LAB_DIR/before" "$LAB_DIR/after"
same agent-still-runs "$(lab_status .agent.running)" true

lab_shield policy show --dev "$LAB_DEV" >"$LAB_DIR/shown.yaml"
exits shown-policy-applies 0 '' policy apply "$LAB_DIR/shown.yaml" --dev "$LAB_DEV"
# but for the comment that names the generation
lab_shield policy show --dev "$LAB_DEV" >"$LAB_DIR/again.yaml"
check shown-policy-is-the-same "applied, it shows as another one" \
	cmp -s <(grep -v '^#' "$LAB_DIR/shown.yaml") <(grep -v '^#' "$LAB_DIR/again.yaml")
verbs_have_help
reading_verbs_print_json
explain_verdicts
signature_of_ones_own
foreign_program
lab_detach_shield
exits detached 3 'run' status "$LAB_DEV"
check detach-removes-pins "pins are left" test ! -e "$LAB_PINS"
