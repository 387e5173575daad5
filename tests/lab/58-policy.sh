#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A policy is changed without fear: 500 spoilt ones change nothing; what shadow would have dropped is
# told with names, from the events and from a capture, before it is enforced; and what is enforced
# drops that and no more.
#
# beside others

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

stranger=203.0.113.70 trunk=203.0.113.90 mutants=500 reloads=20

shadow="mode: shadow
carriers: [{name: trunk-a, cps: 1, prefixes: [$trunk]}]"

# status FILTER: a value of `status --json`, which in shadow ends with 3.
status() {
	{ lab_shield status --json --dev "$LAB_DEV" || true; } | jq -r "$1"
}

# new_calls SOURCE COUNT [SEED]: INVITEs from another network, a hundred a second.
new_calls() {
	lab_in router "$LAB_BUILD/tools/flood" --dev server --dst-mac "$LAB_ROUTER_MAC" \
		--dst "$LAB_SERVER" --src "$1" --method INVITE --rate 100 --count "$2" --seed "${3:-0}" >/dev/null
}

# What a policy that is not applied must leave as it is.
in_force() {
	lab_shield policy show --dev "$LAB_DEV"
}

# spoilt: applies each of them; prints how many were refused with exit status 2 and a place.
spoilt() {
	# shellcheck disable=SC2016 # the words are the inner shell's
	lab_in server bash -c '
		refused=0
		for file in "$1"/*.yaml; do
			status=0
			said=$("$2" policy apply "$file" --dev "$3" 2>&1 </dev/null) || status=$?
			place="^$file:[0-9]+:[0-9]+: error: .+; fix: "
			if [[ $status -eq 2 && ${said%%$'\''\n'\''*} =~ $place ]]; then
				refused=$((refused + 1))
			else
				echo "$file: $status ${said%%$'\''\n'\''*}" >&2
			fi
		done
		echo "$refused"' spoilt "$LAB_DIR/mutants" "$LAB_SIPSHIELD" "$LAB_DEV"
}

refusals() {
	grep -c 'the policy in force stays' "$LAB_DIR/shield.log" || true
}

more_refusals_than() {
	[[ $(refusals) -gt $1 ]]
}

# reload_spoilt: SIGHUP with spoilt policies in the place of the agent's; prints how many it refused.
reload_spoilt() {
	local file before refused=0 list=("$LAB_DIR"/mutants/*.yaml)

	for file in "${list[@]:0:reloads}"; do
		before=$(refusals)
		cp "$file" "$LAB_DIR/policy.yaml"
		kill -HUP "$LAB_AGENT"
		lab_wait 5 more_refusals_than "$before" && refused=$((refused + 1))
	done
	echo "$shadow" >"$LAB_DIR/policy.yaml"
	echo "$refused"
}

# impact FILTER [ARGUMENT...]: a value of `policy impact --json`.
impact() {
	local filter=$1

	shift
	lab_shield policy impact "$@" --json --dev "$LAB_DEV" 2>/dev/null | jq -r "$filter"
}

both_are_told() {
	[[ $(impact .losing "$LAB_DIR/policy.yaml") -ge 2 ]]
}

# exit_status ARGUMENT...: of the shield.
exit_status() {
	local status=0

	lab_shield "$@" >/dev/null 2>&1 || status=$?
	echo "$status"
}

test_open
lab_start_shield
echo "$shadow" >"$LAB_DIR/policy.yaml"
lab_shield policy apply "$LAB_DIR/policy.yaml" --dev "$LAB_DEV" >/dev/null
in_force >"$LAB_DIR/before"
mkdir "$LAB_DIR/mutants"
"$LAB_BUILD/tools/mutants" "$LAB_DIR/mutants" "$mutants"
same spoilt-policies-are-refused "$(spoilt)" "$mutants"
same spoilt-reloads-are-refused "$(reload_spoilt)" "$reloads"
check the-policy-stays "the policy in force is another one" \
	cmp -s "$LAB_DIR/before" <(in_force)

new_calls "$stranger" 150
new_calls "$trunk" 80
same shadow-drops-nothing "$(status .dropped)" 0
check events-are-kept "none lose: $(impact . "$LAB_DIR/policy.yaml" | tr -d '\n' | cut -c 1-300)" \
	lab_wait 12 both_are_told
same the-carrier-is-told-first \
	"$(impact '.sources[0] | "\(.carrier) \(.src) \(.important)"' "$LAB_DIR/policy.yaml")" \
	"trunk-a $trunk true"
same the-stranger-is-told "$(impact ".sources[] | select(.src == \"$stranger\") |
	\"\(.standing) \(.important)\"" "$LAB_DIR/policy.yaml")" "unknown false"
same packets-are-counted "$(impact '[.by_reason[].counted] | add' "$LAB_DIR/policy.yaml")" \
	"$(status .shadowed)"
check an-operator-reads-it "no sentence" grep -q \
	'^2 sources would lose packets that pass now, of them 1 carrier' \
	<(lab_shield policy impact "$LAB_DIR/policy.yaml" --dev "$LAB_DEV")
same the-file-is-not-for-all "$(stat -c %a "$LAB_STATE/$LAB_DEV.events.jsonl")" 640

# The operator puts it right: the trunk is let in, and the rest enforced.
printf 'allow: [%s]\n' "$trunk" >"$LAB_DIR/enforce.yaml"
same the-trunk-is-safe "$(impact '[.sources[] | select(.lost > 0) | .src] | join(" ")' \
	"$LAB_DIR/enforce.yaml")" "$stranger"
zcat "$LAB_TOP/tests/scenarios/svcrack.pcap.gz" >"$LAB_DIR/svcrack.pcap"
at_least a-capture-tells-it-too \
	"$(impact .losing "$LAB_DIR/enforce.yaml" "$LAB_DIR/svcrack.pcap")" 1
same a-change-is-seen "$(exit_status policy diff "$LAB_DIR/enforce.yaml" --exit-code \
	--dev "$LAB_DEV")" 5
same what-drops-is-marked "$(lab_shield policy diff "$LAB_DIR/enforce.yaml" --json --dev "$LAB_DEV" |
	jq -r '[.changes[] | select(.path == "mode" and .stricter) | .to] | join(" ")')" enforce
lab_shield policy apply "$LAB_DIR/enforce.yaml" --dev "$LAB_DEV" >/dev/null
same nothing-more-to-change "$(exit_status policy diff "$LAB_DIR/enforce.yaml" --exit-code \
	--dev "$LAB_DEV")" 0
new_calls "$stranger" 150 1
at_least enforced-drops "$(status .dropped)" 50
dropped=$(status .dropped)
new_calls "$trunk" 80 1
same the-trunk-loses-nothing "$(status .dropped)" "$dropped"

# What was kept is there without the agent, too.
lab_stop_shield
at_least without-the-agent "$(impact '.sources | length' "$LAB_DIR/enforce.yaml")" 1
lab_shield detach "$LAB_DEV" >/dev/null
same before-there-is-a-shield \
	"$(impact '"\(.instead_of): \(.losing)"' "$LAB_DIR/enforce.yaml" "$LAB_DIR/svcrack.pcap")" \
	'no protection: 1'
