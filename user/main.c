// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of verbs, and the help that is made from it.
 */
#include <stdio.h>
#include <string.h>

#include "user/cmd.h"

static const struct cmd_entry verbs[] = {
	{ "init", NULL, "find what is to be protected, and write a policy", cmd_init },
	{ "run", NULL, "protect an interface", cmd_run },
	{ "status", NULL, "what is in force, and what it has dropped", cmd_status },
	{ "top", NULL, "all figures on the terminal, again and again", cmd_top },
	{ "watch", NULL, "follow live what is dropped and decided", cmd_watch },
	{ "source", "list", "the sources that something is known of", cmd_source },
	{ "source", "show", "everything that is known of one source", cmd_source },
	{ "explain", NULL, "why a source is treated as it is, and what would change it",
	  cmd_explain },
	{ "ban", "add", "drop everything from a source for a time", cmd_ban },
	{ "ban", "del", "end a ban", cmd_ban },
	{ "ban", "list", "the bans in force", cmd_ban },
	{ "allow", "add", "exempt an address or prefix, until the next policy", cmd_allow },
	{ "allow", "del", "take that back", cmd_allow },
	{ "allow", "list", "who is exempt, by the policy and by hand", cmd_allow },
	{ "policy", "check", "find the errors of a policy file", cmd_policy },
	{ "policy", "show", "print the policy in force, or where files have each value",
	  cmd_policy },
	{ "policy", "diff", "what a policy file would change", cmd_policy },
	{ "policy", "impact", "who would lose packets if a policy were enforced", cmd_policy },
	{ "policy", "apply", "put a policy file in force", cmd_policy },
	{ "policy", "mode", "go from shadow to enforce, or back", cmd_policy },
	{ "policy", "confirm", "keep the policy that is on trial", cmd_policy },
	{ "policy", "rollback", "go back to the policy before", cmd_policy },
	{ "policy", "signatures", "what each signature of the policy has hit", cmd_policy },
	{ "list", "show", "the lists of addresses beside the policy", cmd_list },
	{ "list", "check", "find the errors of those lists", cmd_list },
	{ "import", "nft-set", "make a list of a set of nftables", cmd_import },
	{ "import", "ipset", "make a list of an ipset", cmd_import },
	{ "audit", "list", "what was changed, by whom and why", cmd_audit },
	{ "audit", "verify", "prove that no record of that was changed", cmd_audit },
	{ "replay", NULL, "run the shield over captures", cmd_replay },
	{ "capture", NULL, "write packets to a file, each with the verdict on it", cmd_capture },
	{ "mirror", NULL, "send dropped SIP messages to HOMER or sngrep (HEP)", cmd_mirror },
	{ "metrics", NULL, "print the metrics", cmd_metrics },
	{ "web", NULL, "serve the metrics in a process of their own", cmd_web },
	{ "doctor", NULL, "what is wrong with a host or an interface, and how to fix it",
	  cmd_doctor },
	{ "bypass", NULL, "let everything pass for a time", cmd_bypass },
	{ "detach", NULL, "end the protection of an interface", cmd_detach },
	{ "completion", NULL, "print the completion for bash", cmd_completion },
	{ "version", NULL, "print the version", cmd_version },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int print_help(void)
{
	puts("Usage: sipshield OBJECT [VERB] [ARGUMENT...] [OPTION...]\n\n"
	     "Protects SIP servers from floods and scanners, in the kernel (XDP).\n");
	for (size_t i = 0; i < VERBS; i++) {
		char words[32];

		snprintf(words, sizeof(words), "%s %s", verbs[i].object,
			 verbs[i].verb ? verbs[i].verb : "");
		printf("  %-18s %s\n", words, verbs[i].what);
	}
	puts("\nEach has --help, and each that prints has -j/--json. The first steps:\n\n"
	     "  sipshield init\n"
	     "  systemctl enable --now sipshield@eth0\n"
	     "  sipshield status\n\n"
	     "Exit status: 0 done, 1 failed, 2 wrong usage or invalid input, 3 not enforcing,\n"
	     "4 refused for safety, 5 doctor found problems.");
	return EXIT_DONE;
}

static bool is_help(const char *word)
{
	return !strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help");
}

/* The verbs of one object, for `sipshield ban --help`. */
static int print_object(const char *object)
{
	printf("Usage: sipshield %s VERB [ARGUMENT...] [OPTION...]\n\n", object);
	for (size_t i = 0; i < VERBS; i++) {
		if (!strcmp(verbs[i].object, object))
			printf("  %s %-8s %s\n", object, verbs[i].verb, verbs[i].what);
	}
	printf("\nEach has --help.\n");
	return EXIT_DONE;
}

int main(int argc, char **argv)
{
	const char *near;

	if (argc < 2) {
		fputs("Usage: sipshield OBJECT [VERB] ...; see `sipshield --help'\n", stderr);
		return EXIT_USAGE;
	}
	if (is_help(argv[1]))
		return print_help();
	if (!strcmp(argv[1], "complete"))
		return cmd_complete(argc - 1, argv + 1, verbs, VERBS);
	if (!strcmp(argv[1], "manual"))
		return cmd_manual(verbs, VERBS);
	if (!strcmp(argv[1], "--version"))
		argv[1] += 2;
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(argv[1], verbs[i].object))
			continue;
		if (verbs[i].verb && argc > 2 && is_help(argv[2]))
			return print_object(argv[1]);
		return verbs[i].run(argc - 1, argv + 1);
	}
	near = cmd_nearest(argv[1], &verbs[0].object, VERBS, sizeof(verbs[0]));
	return cmd_fail(EXIT_USAGE,
			"there is no `%s'%s%s%s; `sipshield --help' lists what there is", argv[1],
			near ? " (did you mean `" : "", near ? near : "", near ? "'?)" : "");
}
