# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034 # what the tests use
#
# A fresh Debian 12 of its own, with systemd as PID 1, in the network of the lab's server. It ends with
# the lab: all that runs in it is in that namespace.

BOX_CACHE=/var/cache/sipshield-test/debian-12.tar
BOX=$LAB_DIR/box

box_skip() {
	echo "skip $(basename "$0" .sh): $1"
	exit 0
}

# Only what a package manager and an init need. Kept for a day, while its lists of packages are good.
box_fetch() {
	local why

	why=$(box_download 2>&1) || box_skip "no Debian to be had: $(tail -n 1 <<<"$why")"
}

box_download() {
	local new=${BOX_CACHE%.tar}.new.tar # what it makes, it tells by the name

	[[ -z $(find "$BOX_CACHE" -mtime -1 2>/dev/null) ]] || return 0
	mkdir -p "$(dirname "$BOX_CACHE")"
	mmdebstrap --quiet --variant=apt --include=systemd-sysv --skip=cleanup/apt/lists \
		--aptopt='Acquire::Languages "none"' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		bookworm "$new" && mv "$new" "$BOX_CACHE"
}

# box_make DEB: the machine before its first start, with the package in /root.
box_make() {
	local why

	mkdir -p "$BOX"
	tar -C "$BOX" -xf "$BOX_CACHE"
	cp "$1" "$BOX/root/sipshield.deb"
	# no udev in a container: nobody ever announces a device
	mkdir -p "$BOX/etc/systemd/system.conf.d"
	printf '[Manager]\nDefaultDeviceTimeoutSec=1s\n' >"$BOX/etc/systemd/system.conf.d/no-udev.conf"
	why=$(box_off true 2>&1) || box_skip "no container: $(tail -n 1 <<<"$why")"
}

# box_off COMMAND...: before it is booted, with this machine's network.
box_off() {
	systemd-nspawn --quiet --directory "$BOX" --register=no --keep-unit --pipe \
		env DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# Its bpffs is its own, as systemd mounts it; the one of this machine stays out of it.
box_boot() {
	mkdir -p "$LAB_DIR/bpf"
	# shellcheck disable=SC2016 # for the inner shell
	lab_spawn box "$LAB_SERVER_CPU" server unshare --mount sh -c '
		mount -t bpf -o mode=700 bpf "$1"
		exec systemd-nspawn --quiet --directory "$2" --boot --register=no --keep-unit \
			--console=pipe --capability=all --bind="$1:/sys/fs/bpf" --system-call-filter="bpf \
			perf_event_open landlock_create_ruleset landlock_add_rule landlock_restrict_self"' \
		box "$LAB_DIR/bpf" "$BOX"
	BOX_SPAWN=$LAB_PID
	lab_wait 30 box systemctl is-active multi-user.target
}

# box COMMAND...: in the booted machine.
box() {
	local init

	init=$(pgrep --parent "$BOX_SPAWN" --newest) || return
	nsenter --target "$init" --mount --uts --ipc --net --pid --cgroup -- \
		env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive \
		SYSTEMD_PAGER= LC_ALL=C.UTF-8 "$@" </dev/null
}
