// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * blind LINK [PROGRAM]: puts a program that passes everything, or a pinned one, behind a pinned XDP
 * link. The link goes on as if nothing had happened, and the shield sees no packet any more: what a
 * driver does that says "attached" and installs nothing.
 */
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	const struct bpf_insn pass[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_XDP);
	int program, link, err;

	if (argc != 2 && argc != 3) {
		fputs("usage: blind LINK [PROGRAM]\n", stderr);
		return 2;
	}
	program = argc == 3 ? bpf_obj_get(argv[2])
			    : bpf_prog_load(BPF_PROG_TYPE_XDP, "blind", "GPL", pass, 2, &opts);
	link = bpf_obj_get(argv[1]);
	err = program < 0 ? program : link;
	if (err >= 0)
		err = bpf_link_update(link, program, NULL);
	if (err < 0)
		fprintf(stderr, "blind: %s: %s\n", argv[1], strerror(-err));
	return err < 0;
}
