// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/nearest.h"

#include <string.h>

#define WORD_MAX 32

/* Levenshtein's distance of two words; WORD_MAX if one of them is longer than that. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1];
	size_t n = strlen(b);

	if (n > WORD_MAX || strlen(a) > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = i;

		row[0] = i + 1;
		for (size_t j = 0; j < n; j++) {
			size_t change = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = row[j] < diagonal ? row[j] + 1 : diagonal + 1;
			if (change < row[j + 1])
				row[j + 1] = change;
		}
	}
	return row[n];
}

/* What is farther was not a slip of the fingers. */
struct nearest nearest_to(const char *word)
{
	return (struct nearest){ .word = word, .edits = strlen(word) / 4 + 2 };
}

void nearest_offer(struct nearest *nearest, const char *name)
{
	size_t edits = distance(nearest->word, name);

	/* A name of which no letter is left is no guess. */
	if (edits >= nearest->edits || edits >= strlen(name))
		return;
	nearest->edits = edits;
	nearest->name = name;
}
