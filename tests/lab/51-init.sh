#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# beside others
#
# What `init` finds beside a real Kamailio: its ports, and the trunks of its dispatcher and
# permissions, whose files Kamailio itself has read. The policy is valid, drops nothing, and is not
# replaced unasked. And what bash completes, on a shield that runs with it.

# shellcheck source=tests/lab/harness.bash
. "$(dirname "$0")/harness.bash"

# The files of a host: /etc as its Kamailio has it, and the real /proc.
root=
make_root() {
	root=$LAB_DIR/root
	mkdir -p "$root/etc/kamailio" "$root$(dirname "$LAB_DIR")"
	ln -s /proc "$root/proc"
	ln -s "$LAB_DIR" "$root$LAB_DIR"
	cat >"$LAB_DIR/trunks.list" <<-END
		# setid destination flags priority attributes
		1 sip:203.0.113.10:5060 0 0 weight=50
		1 sip:203.0.113.11:5060;transport=tcp 0 10
		2 sip:[2001:db8:113::5]:5060 0 0
		2 sip:$LAB_SERVER:5080 0 0
	END
	cat >"$LAB_DIR/address.list" <<-END
		# group address mask port tag
		7 198.51.100.128 28 0 office
		7 203.0.113.10 32 0 known
	END
	cat >"$LAB_DIR/kamailio.cfg" <<-END
		#!KAMAILIO
		debug=0
		log_stderror=yes
		children=1
		auto_aliases=no
		listen=udp:$LAB_SERVER:5060
		listen=tcp:$LAB_SERVER:5060
		listen=udp:$LAB_SERVER:5080
		listen=udp:[$LAB_SERVER6]:5060
		listen=udp:127.0.0.1:5070
		loadmodule "pv.so"
		loadmodule "tm.so"
		loadmodule "sl.so"
		loadmodule "ctl.so"
		loadmodule "dispatcher.so"
		loadmodule "permissions.so"
		modparam("ctl", "binrpc", "unix:$LAB_DIR/kamailio.ctl")
		modparam("dispatcher", "list_file", "$LAB_DIR/trunks.list")
		modparam("permissions", "address_file", "$LAB_DIR/address.list")
		request_route { exit; }
	END
	cp "$LAB_DIR/kamailio.cfg" "$root/etc/kamailio/"
}

# Instead of the lab's own registrar.
start_kamailio() {
	lab_end server "$LAB_REGISTRAR"
	lab_spawn kamailio "$LAB_SERVER_CPU" server kamailio -DD -E -m 32 -M 4 \
		-f "$LAB_DIR/kamailio.cfg" -Y "$LAB_DIR" -w "$LAB_DIR"
	lab_wait 10 lab_kamcmd core.version ||
		lab_die "Kamailio did not start: $(tail -n 3 "$LAB_DIR/kamailio.log")"
}

# exits NAME STATUS COMMAND...: of the shield, its output in $LAB_DIR/out.
exits() {
	local name=$1 want=$2 got=0
	shift 2

	lab_shield "$@" >"$LAB_DIR/out" 2>&1 </dev/null || got=$?
	same "$name" "$got" "$want"
}

# found FILTER: of what init says in JSON.
found() {
	lab_shield init --root "$root" --dry-run --json | jq -r "$1"
}

# The gateways that Kamailio itself has read and that are not this host.
kamailio_has() {
	lab_kamcmd dispatcher.list | grep -oE 'URI: sip:[^;[:space:]]+' |
		sed -E 's/^URI: sip://; s/:[0-9]+$//; s/[][]//g' | grep -vxF "$LAB_SERVER" | sort | xargs
}

# completes LINE: what a bash offers at the end of the line.
completes() {
	# shellcheck disable=SC2016 # expanded by the new shell
	PATH=$(dirname "$LAB_SIPSHIELD"):$PATH lab_in server bash --norc -c '
		source <(sipshield completion bash)
		COMP_LINE=$1 COMP_POINT=${#1}
		_sipshield
		printf "%s\n" "${COMPREPLY[@]}" | sort | xargs' bash "$1"
}

# All that can be completed as a command: objects, and the verbs of those that have some.
commands() {
	local object verbs

	for object in $("$LAB_SIPSHIELD" complete -- ''); do
		verbs=$("$LAB_SIPSHIELD" complete -- "$object" '')
		if "$LAB_SIPSHIELD" "$object" --help | grep -q "^Usage: sipshield $object VERB"; then
			printf '%s\n' "$verbs" | xargs -n 1 echo "$object"
		else
			echo "$object"
		fi
	done
}

test_open
make_root
start_kamailio
policy=$root/etc/sipshield/sipshield.yaml

same init-interface "$(found .dev)" "$LAB_DEV"
same init-listeners \
	"$(found '[.listening[] | select(.use == "sip") | "\(.transport):\(.port)"] | unique | join(" ")')" \
	'tcp:5060 udp:5060 udp:5080'
same init-trunks-are-kamailio-s \
	"$(found '[.trunks[] | select(.name | test("^dispatcher")) | select(.fate == "taken").prefix]
		| sort | join(" ")')" "$(kamailio_has)"
same init-own-address "$(found ".trunks[] | select(.prefix == \"$LAB_SERVER\").fate")" this-host
same init-addresses "$(found '[.trunks[] | select(.name == "address-7") | .fate] | join(" ")')" \
	'taken covered'
same init-dry-run "$(ls "$root/etc")" kamailio

exits init-writes 0 init --root "$root"
exits init-policy-is-valid 0 policy check "$policy" --dev "$LAB_DEV"
same init-shadow "$(sed -n 's/^mode: //p' "$policy")" shadow
before=$(sha256sum "$policy")
exits init-refuses 4 init --root "$root"
same init-left-alone "$(sha256sum "$policy")" "$before"
exits init-force 0 init --root "$root" --force
same init-backup "$(cat "$policy".2* | sha256sum | cut -d' ' -f1)" "${before%% *}"
exits init-no-root 2 init --dry-run --root "$root/none"
exits init-no-interface 2 init no-such-dev --root "$root"

LAB_STATE=$(mktemp -d -p "$LAB_DIR" state.XXXX)
# As the unit does, with the policy that init has written.
start_agent() {
	lab_spawn shield "$LAB_SERVER_CPU" server "$LAB_SIPSHIELD" run "$LAB_DEV" \
		--policy "$policy" --state-dir "$LAB_STATE" --metrics-port 0
	# shellcheck disable=SC2034 # lab_detach_shield ends it
	LAB_AGENT=$LAB_PID
	lab_wait 10 lab_shield policy show --dev "$LAB_DEV"
}
check init-runs "it put no policy in force" start_agent
exits init-not-enforcing 3 status "$LAB_DEV"
same init-carriers "$(lab_shield policy show --json --dev "$LAB_DEV" | jq '.policy.carriers | length')" 3

# The step from shadow to enforce, without a file edited by hand: the policy that it makes waits to be
# confirmed, and holds over a reload of the agent then.
mode() {
	lab_shield policy show --json --dev "$LAB_DEV" | jq -r .policy.mode
}
generation_after() {
	[[ $(lab_status .policy.generation) -gt $1 ]]
}
conf=$root/etc/sipshield/conf.d
exits mode-enforce 0 policy mode enforce "$policy" --confirm-within 30s --dev "$LAB_DEV"
same mode-in-force "$(mode)" enforce
exits mode-confirm 0 policy confirm --dev "$LAB_DEV"
exits mode-enforces 0 status "$LAB_DEV"
generation=$(lab_status .policy.generation)
kill -HUP "$LAB_AGENT"
check mode-reloaded "the agent did not reload" lab_wait 5 generation_after "$generation"
same mode-after-reload "$(mode)" enforce
same mode-file-is-readable "$(stat -c %a "$conf/90-mode.yaml")" 644
before=$(sha256sum "$conf/90-mode.yaml")
exits mode-unknown 2 policy mode sometimes "$policy" --dev "$LAB_DEV"
exits mode-not-protected 3 policy mode shadow "$policy" --dev no-such-dev
same mode-put-back "$(sha256sum "$conf/90-mode.yaml")" "$before"
echo 'mode: enforce' >"$conf/95-own.yaml"
exits mode-overridden 2 policy mode shadow "$policy" --dev "$LAB_DEV"
same mode-left-alone "$(sha256sum "$conf/90-mode.yaml") $(mode)" "$before enforce"
rm "$conf/95-own.yaml"
echo 'frob: 1' >"$conf/95-own.yaml"
exits mode-with-errors 2 policy mode shadow "$policy" --dev "$LAB_DEV"
rm "$conf/95-own.yaml"
exits mode-back 0 policy mode shadow "$policy" --confirm-within 30s --dev "$LAB_DEV"
exits mode-rollback 0 policy rollback --dev "$LAB_DEV"
same mode-rolled-back "$(mode)" enforce

# As after a reboot: new maps.
rm "$conf/90-mode.yaml"
lab_shield policy mode enforce "$policy" --dev "$LAB_DEV" >/dev/null
lab_detach_shield
start_agent || true
same mode-after-a-reboot "$(mode)" enforce

lab_shield ban add 203.0.113.99 --dev "$LAB_DEV" >/dev/null
lab_shield ban add 2001:db8:113::99 --dev "$LAB_DEV" >/dev/null
same complete-bans "$(completes "sipshield ban del --dev $LAB_DEV 203")" 203.0.113.99
# bash takes it for words with colons between, and wants the last one back.
same complete-ipv6 "$(completes "sipshield ban del --dev $LAB_DEV 2001:db8:1")" '113::'
same complete-objects "$(completes 'sipshield sta')" status
same complete-verbs "$(completes 'sipshield ban ')" 'add del list'
same complete-options "$(completes 'sipshield ban add --re')" --reason
same complete-choices "$(completes 'sipshield run --mode ')" 'auto generic native'
same complete-reasons "$(completes 'sipshield watch --reason source-')" source-rate
same complete-methods "$(completes 'sipshield watch --method INV')" INVITE
same complete-behind-equals "$(completes 'sipshield run --mode=g')" generic
same complete-interfaces "$(completes "sipshield run ${LAB_DEV:0:5}")" "$LAB_DEV"
check complete-protected "offers '$(completes 'sipshield detach ')'" \
	grep -qw "$LAB_DEV" <(completes 'sipshield detach ')
same complete-files "$(cd "$root/etc" && completes 'sipshield policy check kam')" kamailio
same complete-nothing "$(completes 'sipshield version ')" ''
# What --help lists, what is completed and what sipshield(8) tells are the same commands.
commands | sort >"$LAB_DIR/commands"
check complete-all-commands "--help has others" cmp \
	"$LAB_DIR/commands" <("$LAB_SIPSHIELD" --help | sed -nE 's/^  ([a-z]+( [a-z-]+)?)  +.*/\1/p' | sort)
check manual-all-commands "sipshield(8) has others" cmp "$LAB_DIR/commands" \
	<("$LAB_SIPSHIELD" manual | sed -nE 's/ [a-z]+\|.*//; s/^## ([a-z]+( [a-z-]+)?)( [^a-z].*)?$/\1/p' |
		sort)
lab_detach_shield
