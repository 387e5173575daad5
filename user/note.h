/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why something was done, in a person's words. It is shown on terminals and in JSON. Pure.
 */
#ifndef SIPSHIELD_NOTE_H
#define SIPSHIELD_NOTE_H

#include <stdbool.h>
#include <stdio.h>

/* UTF-8 without control characters, neither those of ASCII nor those of Latin-1 (U+0080 to U+009F). */
bool note_is_valid(const char *text);

/* Takes off a last character of which only a part is there. */
void note_cut(char *text);

/*
 * Prints UTF-8 that somebody else wrote: control characters, which could steer a terminal or begin
 * a line of their own, as `?'.
 */
void note_print(const char *text, FILE *out);

#endif
