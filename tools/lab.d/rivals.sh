# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# What a server is protected with, one at a time: nothing, a limit for each source in nftables,
# Kamailio's pike, or the shield. Each may know the carrier, as it would in earnest.

# lab_protect NAME: with none, nftables, pike or sipshield; the servers start and all phones register
# anew.
lab_protect() {
	"lab_protect_$1"
	lab_register_phones
}

lab_unprotect() {
	"lab_unprotect_$1"
}

# lab_forget NAME: what the last flood left behind. The shield forgets nothing.
lab_forget() {
	"lab_forget_$1"
}

lab_protect_none() {
	lab_restart_servers
}

lab_unprotect_none() { :; }
lab_forget_none() { :; }

# A phone of the lab needs less than a tenth of this. The one that all call answers for many.
lab_protect_nftables() {
	lab_restart_servers
	lab_in server nft -f - <<-END
		table ip guard {
			set sources {
				type ipv4_addr
				size 65535
				flags dynamic, timeout
				timeout 1m
			}
			chain in {
				type filter hook prerouting priority raw
				iif != $LAB_DEV return
				udp dport != 5060 return
				ip saddr { $LAB_CARRIER, $LAB_CALLED } accept
				update @sources { ip saddr limit rate over 30/second burst 60 packets } drop
			}
		}
	END
}

lab_unprotect_nftables() {
	lab_in server nft delete table ip guard
}

lab_forget_nftables() {
	lab_in server nft flush set ip guard sources
}

lab_protect_pike() {
	lab_restart_servers -A WITH_ANTIFLOOD
}

lab_unprotect_pike() { :; }

# pike's own tree forgets after four seconds.
lab_forget_pike() {
	lab_sleep 4
	lab_kamcmd htable.flush ipban >/dev/null
}

lab_protect_sipshield() {
	local LAB_POLICY="carriers: [{name: trunk, prefixes: [$LAB_CARRIER], cps: 30}]"

	lab_restart_servers
	lab_start_shield
}

lab_unprotect_sipshield() {
	lab_detach_shield
}

lab_forget_sipshield() { :; }
