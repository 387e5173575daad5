// SPDX-License-Identifier: GPL-2.0-or-later
#include <bpf/libbpf.h>
#include <stdio.h>

#include "maps/abi.h"
#include "user/cmd.h"
#include "user/json.h"

int cmd_version(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "version",
		.args = "",
		.what = "Prints the version of this binary and of the maps that it works with.",
	};
	struct cmd_common common;
	json_t *document;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (!common.json) {
		printf("sipshield %s, maps of version %d, libbpf %s\n", SIPSHIELD_VERSION,
		       SIPSHIELD_ABI, libbpf_version_string());
		return EXIT_DONE;
	}
	document = json_document();
	json_object_set_new(document, "version", json_string(SIPSHIELD_VERSION));
	json_object_set_new(document, "abi", json_integer(SIPSHIELD_ABI));
	json_object_set_new(document, "libbpf", json_string(libbpf_version_string()));
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}
