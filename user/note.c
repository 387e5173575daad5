// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/note.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>

/* U+0080 to U+009F have two bytes. */
static bool is_control(const unsigned char *c)
{
	return iscntrl(*c) || (c[0] == 0xc2 && c[1] < 0xa0);
}

bool note_is_valid(const char *text)
{
	const unsigned char *c = (const unsigned char *)text;
	json_t *valid = json_string(text);

	json_decref(valid);
	for (; valid && *c; c++) {
		if (is_control(c))
			return false;
	}
	return valid;
}

void note_cut(char *text)
{
	size_t len = strlen(text), back = 0;

	while (back < len && ((unsigned char)text[len - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back < len) {
		unsigned char lead = (unsigned char)text[len - 1 - back];
		size_t follow = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;

		if (back < follow)
			text[len - 1 - back] = 0;
	}
}

void note_print(const char *text, FILE *out)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		bool control = is_control(c);

		putc(control ? '?' : *c, out);
		c += control && c[0] == 0xc2 && c[1];
	}
}
