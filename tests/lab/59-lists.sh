#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# Lists of addresses beside the policy: what they drop and for how long, what is refused and changes
# nothing, and the sets of nftables and ipset as lists.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

# deny: the list on stdin is the deny list.
deny() {
	cat >"$etc/lists/deny.d/feed.list"
}

apply() {
	lab_shield policy apply "$etc/sipshield.yaml" --dev "$LAB_DEV" "$@" \
		>"$LAB_DIR/out" 2>"$LAB_DIR/err"
}

# applies STATUS [OPTION...]: the exit status of an apply.
applies() {
	local want=$1 got=0
	shift
	apply "$@" || got=$?
	[[ $got -eq $want ]] || { cat "$LAB_DIR/err" && false; }
}

# said TEXT: the last apply said so.
said() {
	grep -q "$1" "$LAB_DIR/err"
}

generation() {
	lab_status .policy.generation
}

# reload: SIGHUP, until the agent has done it.
reload() {
	local before
	before=$(wc -l <"$LAB_DIR/shield.log")
	kill -HUP "$LAB_AGENT"
	lab_wait 5 answered "$before"
}

answered() {
	(($(grep -cE 'applied|was not applied' <(tail -n "+$(($1 + 1))" "$LAB_DIR/shield.log")) > 0))
}

banned() {
	lab_shield ban list --quiet --dev "$LAB_DEV" | sort | tr '\n' ' '
}

reached() {
	(($(lab_counted server flooder) > $1))
}

passes() {
	check "$1" "the packets are dropped" lab_wait 3 reached "$(lab_counted server flooder)"
}

drops() {
	local before
	lab_sleep 0.2 # what is on its way
	before=$(lab_counted server flooder)
	lab_sleep 0.4
	same "$1" $(($(lab_counted server flooder) - before)) 0
}

# imported FILE: its entries, without the line that tells where they come from.
imported() {
	grep -v '^#' "$etc/lists/$1" | sed 's/ttl=[0-9]*s/ttl/' | sort | tr '\n' ' '
}

what_lists_do() {
	passes before-any-list
	deny <<<"$LAB_FLOODER # a note"
	check list-applied "it fails" applies 0
	drops list-drops
	deny <<<"300.1.2.3"
	check bad-list-refused "it is not" applies 2
	check bad-list-is-told "no line and fix" said 'feed.list:1:1: error: .*; fix: '
	reload
	drops bad-list-changes-nothing
	deny <<<"$LAB_FLOODER"
	mkdir -p "$etc/lists/allow.d"
	echo "$LAB_FLOODER" >"$etc/lists/allow.d/own.list"
	check granted-list-applied "it fails" applies 0
	check granted-is-told "no word of it" said 'feed.list:1: warning: .* has no effect'
	passes what-is-granted-wins
	rm "$etc/lists/allow.d/own.list"
}

guards() {
	local before
	seq -f '198.18.1.%g' 1 200 | deny
	check sudden-growth-refused "it is not" applies 4
	check first-size "it fails" applies 0 --force
	before=$(generation)
	seq -f '198.18.1.%g' 1 90 | deny
	check shrunk-list-refused "it is not" applies 4
	reload
	same shrunk-list-not-reloaded "$(generation)" "$before"
	check shrunk-list-checked "exit status not 5" check_says 5
	check shrunk-list-forced "it is not" applies 0 --force
	check then-it-is-as-before "exit status not 0" check_says 0
	deny <<<"10.0.0.0/8"
	check wide-list-refused "it is not" applies 2
}

check_says() {
	local got=0
	lab_shield list check --policy "$etc/sipshield.yaml" --dev "$LAB_DEV" &>/dev/null || got=$?
	[[ $got -eq $1 ]]
}

# An entry with a time is the kernel's to end: the agent is killed before.
entries_that_end() {
	lab_shield ban add 198.18.0.1 --ttl 1h --dev "$LAB_DEV" >/dev/null
	deny <<<"$LAB_FLOODER ttl=4s reason=test
198.18.0.2 ttl=1h"
	reload
	same bans-of-a-list "$(banned)" "198.18.0.1 198.18.0.2 $LAB_FLOODER "
	drops ending-entry-drops
	deny <<<"198.18.0.1 ttl=1s
$LAB_FLOODER ttl=4s"
	check applied-again "it fails" applies 0
	same bans-follow-the-list "$(banned)" "198.18.0.1 $LAB_FLOODER "
	kill -KILL "$LAB_AGENT"
	lab_await "$LAB_AGENT"
	check it-ends-without-the-agent "it goes on" lab_wait 8 reached \
		$(($(lab_counted server flooder) + 10))
	same longer-ban-by-hand-stays "$(banned)" "198.18.0.1 "
}

# left ADDR: seconds that its ban has, 0 if it has none.
left() {
	lab_shield ban list --json --dev "$LAB_DEV" |
		jq -r --arg a "$1" '[.bans[] | select(.src == $a) | .expires_in | floor][0] // 0'
}

# Bans of a policy on trial go with it, and stay if it stays.
trials() {
	deny <<<"198.18.0.3 ttl=1h"
	check trial-of-a-list "it fails" applies 0 --confirm-within 1m
	at_least trial-bans "$(left 198.18.0.3)" 40
	at_most trial-ends-its-bans "$(left 198.18.0.3)" 60
	lab_shield policy rollback --dev "$LAB_DEV" >/dev/null
	same rollback-ends-them "$(left 198.18.0.3)" 0
	check tried-again "it fails" applies 0 --confirm-within 1m
	lab_shield policy confirm --dev "$LAB_DEV" >/dev/null
	at_least confirm-keeps-them "$(left 198.18.0.3)" 3000
}

sets() {
	lab_in server nft -f - <<-END
		table inet t {
			set bad {
				type ipv4_addr; flags interval, timeout
				elements = { 198.18.3.0/24, 198.18.4.1-198.18.4.2, 198.18.4.9 timeout 1h }
			}
			set ports { type inet_service; elements = { 5060 } }
		}
	END
	lab_in server ipset create old hash:net timeout 0 comment
	lab_in server ipset add old 198.18.5.0/24
	lab_in server ipset add old 198.18.6.1 timeout 600 comment "a scanner"
	lab_in server ipset add old 198.18.5.7 nomatch
}

import() {
	lab_shield import "$@" --policy "$etc/sipshield.yaml" --dev "$LAB_DEV" \
		>"$LAB_DIR/out" 2>"$LAB_DIR/err"
}

imports() {
	: | deny
	sets
	check import-nft "it fails" import nft-set inet t bad
	same import-nft-list "$(imported deny.d/bad.list)" \
		"198.18.3.0/24 198.18.4.1 198.18.4.2 198.18.4.9 ttl "
	check import-nft-by-name "it fails" import nft-set bad --to allow --as good
	same import-nft-grants "$(imported allow.d/good.list)" "198.18.3.0/24 198.18.4.1 198.18.4.2 "
	same import-no-addresses "$(import nft-set ports || echo $?)" 2
	check import-ipset "it fails" import ipset old
	same import-ipset-list "$(imported deny.d/old.list)" "198.18.6.1 ttl reason=a scanner "
	check import-says-what-not "no word of it" said '198.18.5.0/24 has exceptions'
	lab_in server ipset save old >"$LAB_DIR/saved"
	check import-saved "it fails" import ipset old --file "$LAB_DIR/saved" --as old
	same import-leaves-others-alone "$(import ipset old --as feed || echo $?)" 4
	check imported-lists-are-good "they are not" check_says 0
	check imported-lists-apply "they do not" applies 0 --force
	same imported-ban "$(banned)" "198.18.0.1 198.18.4.9 198.18.6.1 "
}

test_open
etc=$LAB_DIR/etc
mkdir -p "$etc/lists/deny.d"
# the test's sender asks for no limit but its own
echo 'rules: {}' >"$etc/sipshield.yaml"
lab_start_shield --policy "$etc/sipshield.yaml"
lab_flood "$LAB_FLOODER" 60 20
what_lists_do
guards
trials
entries_that_end
imports
