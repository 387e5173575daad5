/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The verbs as a part of sipshield(8), in the language of scdoc: drawn from what --help prints, so
 * that the page cannot say anything else. Pure.
 */
#ifndef SIPSHIELD_MANUAL_H
#define SIPSHIELD_MANUAL_H

#include <stdio.h>

#include "user/cmd.h"

/* One verb: how it is called, what it does, its own options. what: half a sentence on it. */
void manual_print_verb(const struct cmd_use *use, const char *what, FILE *out);

/* A list of options. */
void manual_print_options(const struct cmd_option *option, size_t count, FILE *out);

#endif
