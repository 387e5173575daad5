// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/doctor_probe.h"

/* The kernel's own words for a refusal come by way of libbpf's warnings. */
static char words[160];

static int take_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	static const char kernel[] = "Kernel error message: ";
	char line[256];
	char *at;

	(void)level;
	vsnprintf(line, sizeof(line), format, args);
	at = strstr(line, kernel);
	if (at) {
		at += strlen(kernel);
		at[strcspn(at, "\n")] = 0;
		snprintf(words, sizeof(words), "%s", at);
	}
	return 0;
}

static int attach_and_detach(const struct doctor_nic *nic, __u32 prog_flags)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const __u32 flags = XDP_FLAGS_DRV_MODE | XDP_FLAGS_UPDATE_IF_NOEXIST;
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .prog_flags = prog_flags);
	int program = bpf_prog_load(BPF_PROG_TYPE_XDP, "doctor", "GPL", pass, 2, &opts);
	int ifindex = (int)if_nametoindex(nic->name);
	int err;

	if (program < 0)
		return program;
	err = bpf_xdp_attach(ifindex, program, flags, NULL);
	if (!err)
		err = bpf_xdp_detach(ifindex, XDP_FLAGS_DRV_MODE, NULL);
	close(program);
	return err;
}

void doctor_probe_attach(struct doctor_nic *nic)
{
	libbpf_print_fn_t previous;
	int err;

	if (nic->xdp == FACT_YES)
		return; /* something is attached: its mode says as much */
	*words = 0;
	previous = libbpf_set_print(take_warning);
	err = attach_and_detach(nic, 0);
	/* The shield has a program for frames of several parts, too. */
	if (err && err != -EPERM)
		err = attach_and_detach(nic, BPF_F_XDP_HAS_FRAGS);
	libbpf_set_print(previous);
	/* Who may not try has learned nothing of the driver. */
	if (err == -EPERM)
		return;
	nic->probed = err ? FACT_NO : FACT_YES;
	if (err)
		snprintf(nic->probe_error, sizeof(nic->probe_error), "%s",
			 *words ? words : strerror(-err));
}
