// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/remarks.h"

#include <stdlib.h>
#include <string.h>

bool remarks_open(struct remarks *remarks)
{
	remarks->stream = open_memstream(&remarks->text, &remarks->length);
	return remarks->stream != NULL;
}

void remarks_free(struct remarks *remarks)
{
	if (remarks->stream)
		fclose(remarks->stream);
	free(remarks->text);
}

void remarks_print(struct remarks *remarks, FILE *out)
{
	fflush(remarks->stream);
	fwrite(remarks->text, 1, remarks->length, out);
}

/* Each message is one line; the excerpts below them begin with a blank. */
json_t *remarks_json(struct remarks *remarks)
{
	json_t *array = json_array();
	char *save = NULL;
	int err = 0;

	fflush(remarks->stream);
	for (char *line = strtok_r(remarks->text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		if (*line != ' ')
			err |= json_array_append_new(array, json_string(line));
	}
	if (!err)
		return array;
	json_decref(array);
	return NULL;
}
