# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2153 # the parts use one another's variables
#
# From an empty machine to a lab with registered phones, and back, however it ends.

LAB_DIR=${TMPDIR:-/tmp}/$LAB_NET
LAB_BUILD=$(cd "$LAB_TOP" && realpath -m "${BUILD:-build}")
LAB_SIPSHIELD=$LAB_BUILD/sipshield
LAB_PHONES=40
LAB_AGENT=

lab_die() {
	echo "lab: $*" >&2
	exit 1
}

lab_check_machine() {
	local tool

	((EUID == 0)) || lab_die "network namespaces need root: run it with sudo"
	for tool in ip nft jq ethtool kamailio kamcmd sipp sipsak svmap svwar svcrack nsenter chrt; do
		command -v "$tool" >/dev/null ||
			lab_die "$tool is missing: install the packages with tools/deps lab"
	done
	for tool in "$LAB_SIPSHIELD" "$LAB_BUILD/tools/flood"; do
		[[ -x $tool ]] || lab_die "$tool is missing: build it with make all tools"
	done
	mountpoint -q /sys/fs/bpf || mount -t bpf bpf /sys/fs/bpf
}

# Build the lab and register the phones. From here on it is removed whatever happens.
lab_open() {
	lab_check_machine
	lab_sweep
	trap lab_close EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	mkdir -p "$LAB_DIR"
	lab_up
	lab_attack_addresses
	lab_start_registrar
	lab_start_answering
	lab_write_phones
	lab_register_phones
}

lab_close() {
	# nothing that fails here may keep the rest from being removed
	set +e
	trap '' INT TERM HUP
	lab_progress_end
	lab_down "$LAB_NET" "$LAB_DEV"
	[[ -z ${LAB_KEEP-} ]] || cp -r "$LAB_DIR" "$LAB_KEEP"
	rm -rf "$LAB_DIR"
}
