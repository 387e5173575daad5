/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may stand at the cursor of a command line, drawn from the tables of the verbs. Pure.
 */
#ifndef SIPSHIELD_COMPLETE_H
#define SIPSHIELD_COMPLETE_H

#include "user/cmd.h"

#define COMPLETE_ARG_LEN 32

/* What is asked for at the last word. */
struct complete_ask {
	bool options;		    /* the verb's options */
	char arg[COMPLETE_ARG_LEN]; /* what stands for the argument in --help: "FILE", "a|b"; "": nothing */
	const char *typed;	    /* what is there of it */
	size_t kept;		    /* characters of the word before that: "--mode=" */
};

/*
 * words are those behind the verb, the last one, perhaps "", is at the cursor. common are the
 * options that all verbs take.
 */
void complete_ask(const struct cmd_use *use, const struct cmd_option *common, size_t commons,
		  char *const *words, size_t count, struct complete_ask *out);

#endif
