// SPDX-License-Identifier: GPL-2.0-or-later
/* What of a valid policy is probably not meant. */
#include "user/policy.h"
#include "user/signature.h"

static void print_place(const struct policy_doc *doc, const struct policy_signature *signature,
			FILE *warn)
{
	if (signature->line && signature->file < doc->files)
		fprintf(warn, "%s:%u: ", doc->file[signature->file], signature->line);
	fprintf(warn, "warning: signature %s: ", signature->rule.name);
}

/* Is all that the rule hits dropped by one before it? Then says by which. */
static void warn_hidden(const struct policy_doc *doc, size_t i, FILE *warn)
{
	for (size_t j = 0; j < i; j++) {
		const struct signature *before = &doc->signature[j].rule;

		if (before->action != ACTION_ENFORCE ||
		    !signature_covers(before, &doc->signature[i].rule))
			continue;
		print_place(doc, &doc->signature[i], warn);
		fprintf(warn,
			"drops nothing, because %s, which stands before it, drops all that it "
			"hits; fix: remove one, or put it before\n",
			before->name);
		return;
	}
}

void policy_warn_signatures(const struct policy_doc *doc, FILE *warn)
{
	for (size_t i = 0; i < doc->signatures; i++) {
		const struct signature *rule = &doc->signature[i].rule;

		if (rule->action == ACTION_OFF)
			continue;
		if (signature_hits_all(rule)) {
			print_place(doc, &doc->signature[i], warn);
			fprintf(warn, "hits every request; fix: ask for what only those have that "
				      "are to be dropped\n");
		}
		warn_hidden(doc, i, warn);
	}
}
