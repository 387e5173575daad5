# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# The lab's network: four namespaces joined by veth pairs, each name unique to this process.
#
#   callers   198.51.100.0/24 2001:db8:100::/64 ─┐
#                                                ├─ router ── $LAB_DEV, server 192.0.2.10
#   attackers 203.0.113.0/24  2001:db8:113::/64 ─┘                     2001:db8:1::10
#
# All that reaches the server comes in through its one interface, $LAB_DEV, whose receive work is
# done by a kernel thread on the server's core. A flood therefore costs the server what a network
# card's interrupt would cost it, and does not cost the attacker's core.

LAB_NET=sipshield-lab-$$
LAB_DEV=slab$$
LAB_SERVER=192.0.2.10
LAB_SERVER6=2001:db8:1::10
LAB_DOMAIN=lab.example

# Forged sources are drawn from here; the router drops the answers to them.
LAB_FORGED=198.18.0.0/15
# The one address from which the single-source flood comes.
LAB_FLOODER=203.0.113.66

# With two cores or more the attack has the last one for itself.
LAB_SERVER_CPU=0
LAB_ATTACK_CPU=$(($(nproc) - 1))

# lab_in NAMESPACE COMMAND...: run a command in one of the lab's network namespaces. Only the
# network changes: with `ip netns exec` the command would get a /sys without the host's bpffs.
lab_in() {
	local ns=$1
	shift
	nsenter --net="/run/netns/$LAB_NET-$ns" -- "$@"
}

# lab_sys NAMESPACE COMMAND...: the same, with that namespace's /sys/class/net.
lab_sys() {
	local ns=$1
	shift
	ip netns exec "$LAB_NET-$ns" "$@"
}

lab_namespace() {
	local ns=$LAB_NET-$1

	ip netns add "$ns"
	ip -n "$ns" link set lo up
	lab_in "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0 \
		net.ipv4.icmp_ratelimit=0
}

# lab_join NAMESPACE DEV PREFIX4 PREFIX6: a veth pair from NAMESPACE to the router; the router has
# .1 and ::1, the namespace .2 (the server .10) and routes everything through the router.
lab_join() {
	local ns=$LAB_NET-$1 dev=$2 p4=$3 p6=$4 host=2

	[[ $1 = server ]] && host=10
	ip -n "$ns" link add "$dev" type veth peer name "$1" netns "$LAB_NET-router"
	ip -n "$ns" -batch - <<-END
		addr add $p4.$host/24 dev $dev
		addr add $p6::$host/64 dev $dev nodad
		link set $dev up
	END
	ip -n "$LAB_NET-router" -batch - <<-END
		addr add $p4.1/24 dev $1
		addr add $p6::1/64 dev $1 nodad
		link set $1 up
	END
	ip -n "$ns" -batch - <<-END
		route add default via $p4.1
		route add default via $p6::1
	END
}

# The phones and the attackers each speak from an address of their own.
lab_addresses() {
	local ns=$1 dev=$2 p4=$3 p6=$4 host

	for host in $(seq 3 250); do
		echo "addr add $p4.$host/24 dev $dev"
		echo "addr add $p6::$host/64 dev $dev nodad"
	done | ip -n "$LAB_NET-$ns" -batch -
}

# Count, apart from the shield, what the known phones sent and what the server's stack got of whom.
lab_counters() {
	local phones="{ 198.51.100.10-198.51.100.99, 198.51.100.250 }"

	lab_in callers nft -f - <<-END
		table inet lab {
			counter phones {}
			chain out { type filter hook output priority 0;
				ip saddr $phones ip daddr $LAB_SERVER counter name phones
			}
		}
	END
	lab_in server nft -f - <<-END
		table inet lab {
			counter phones {}
			counter tools {}
			counter flooder {}
			counter forged {}
			chain in { type filter hook prerouting priority -300;
				iif != $LAB_DEV return
				ip saddr $phones counter name phones return
				ip saddr $LAB_FLOODER counter name flooder return
				ip saddr 203.0.113.0/24 counter name tools return
				ip saddr $LAB_FORGED counter name forged return
			}
		}
	END
}

# lab_counted NAMESPACE COUNTER: packets since the counter was made.
lab_counted() {
	lab_in "$1" nft -j list counter inet lab "$2" | jq '.nftables[] | .counter? // empty | .packets'
}

# Packets that found the server's receive queue full: nobody saw them, neither shield nor stack.
lab_overruns() {
	ip -j -s -n "$LAB_NET-router" link show server | jq '.[0].stats64.tx.dropped'
}

# Give the server's interface a receive thread of its own on the server's core. It runs before
# every process of that core, as a network card's interrupt does.
lab_receive_thread() {
	local thread

	lab_sys server sh -c "echo 1 >/sys/class/net/$LAB_DEV/threaded"
	for thread in $(pgrep "^napi/$LAB_DEV-"); do
		taskset -pc "$LAB_SERVER_CPU" "$thread" >/dev/null
		chrt -f -p 10 "$thread"
	done
}

lab_up() {
	local ns

	for ns in server router callers attackers; do
		lab_namespace "$ns"
	done
	lab_join server "$LAB_DEV" 192.0.2 2001:db8:1
	lab_join callers phones 198.51.100 2001:db8:100
	lab_join attackers tools 203.0.113 2001:db8:113
	lab_addresses callers phones 198.51.100 2001:db8:100
	lab_addresses attackers tools 203.0.113 2001:db8:113
	ip -n "$LAB_NET-router" route add blackhole default
	# A veth has a receive queue that the kernel polls (NAPI) only with GRO, and uses it without
	# an XDP program only if the sender's side does not segment by itself.
	lab_in server ethtool -K "$LAB_DEV" gro on
	lab_in router ethtool -K server tso off
	lab_receive_thread
	lab_counters
	LAB_ROUTER_MAC=$(ip -j -n "$LAB_NET-server" link show "$LAB_DEV" | jq -r '.[0].address')
}

# The processes in the namespaces of the lab that has this name.
lab_inside() {
	local ns

	for ns in server router callers attackers; do
		[[ ! -e /run/netns/$1-$ns ]] || ip netns pids "$1-$ns"
	done
}

# lab_down NET DEV: remove the lab that has this name, whatever is left of it. First everybody ends: a
# kernel divides by zero when a flood is sending over a device that is just removed.
lab_down() {
	local net=$1 dev=$2 ns pids try

	for ((try = 0; try < 50; try++)); do
		pids=$(lab_inside "$net")
		[[ -n $pids ]] || break
		# shellcheck disable=SC2086 # one word for each process
		kill -KILL $pids 2>/dev/null || true
		sleep 0.05
	done
	# Without waiting for the kernel to take the namespace apart, which lets go of programs and maps.
	tc -n "$net-server" qdisc del dev "$dev" clsact 2>/dev/null || true
	for ns in server router callers attackers; do
		[[ ! -e /run/netns/$net-$ns ]] || ip netns del "$net-$ns"
	done
	rm -rf "/sys/fs/bpf/sipshield/${dev:?}" "/run/sipshield/$dev".*
}

# Remove what labs left behind whose process was killed with SIGKILL.
lab_sweep() {
	local file pid

	for file in /run/netns/sipshield-lab-* "${TMPDIR:-/tmp}"/sipshield-lab-*; do
		pid=${file##*/sipshield-lab-} pid=${pid%%-*}
		[[ -e $file && $pid =~ ^[0-9]+$ && ! -e /proc/$pid ]] || continue
		lab_down "sipshield-lab-$pid" "slab$pid"
		rm -rf "${TMPDIR:-/tmp}/sipshield-lab-$pid"
	done
}
