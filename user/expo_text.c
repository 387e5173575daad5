// SPDX-License-Identifier: GPL-2.0-or-later
/* The two text forms of the exposition, and which of them a client wants. */
#include "user/expo.h"

#include <errno.h>
#include <string.h>

#define BILLION 1000000000ULL

struct text {
	FILE *out;
	enum expo_format format;
	const struct expo_family *family; /* the one being printed */
};

const char *expo_suffix(enum expo_type type)
{
	switch (type) {
	case EXPO_COUNTER:
		return "_total";
	case EXPO_INFO:
		return "_info";
	case EXPO_GAUGE:
		break;
	}
	return "";
}

const char *expo_type_name(enum expo_type type)
{
	switch (type) {
	case EXPO_COUNTER:
		return "counter";
	case EXPO_INFO:
		return "info";
	case EXPO_GAUGE:
		break;
	}
	return "gauge";
}

/* OpenMetrics names the family; the older form names the samples and has no infos and no units. */
static void family_print(const struct text *t, const struct expo_family *f)
{
	bool older = t->format == EXPO_PROMETHEUS;
	const char *suffix = older ? expo_suffix(f->type) : "";
	enum expo_type type = older && f->type == EXPO_INFO ? EXPO_GAUGE : f->type;

	fprintf(t->out, "# HELP %s%s %s\n", f->name, suffix, f->help);
	fprintf(t->out, "# TYPE %s%s %s\n", f->name, suffix, expo_type_name(type));
	if (f->unit && !older)
		fprintf(t->out, "# UNIT %s %s\n", f->name, f->unit);
}

static void value_print(FILE *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '"' || *value == '\\')
			fprintf(out, "\\%c", *value);
		else
			fputc(*value, out);
	}
}

static int sample_print(const struct expo_sample *sample, void *arg)
{
	const struct expo_family *f = sample->family;
	struct text *t = arg;
	char before = '{';

	if (f != t->family)
		family_print(t, f);
	t->family = f;
	fprintf(t->out, "%s%s", f->name, expo_suffix(f->type));
	for (size_t i = 0; i < EXPO_LABELS_MAX && sample->label[i].name; i++) {
		fprintf(t->out, "%c%s=\"", before, sample->label[i].name);
		value_print(t->out, sample->label[i].value);
		fputc('"', t->out);
		before = ',';
	}
	if (before == ',')
		fputc('}', t->out);
	if (sample->billionths)
		fprintf(t->out, " %llu.%09llu\n", sample->value / BILLION, sample->value % BILLION);
	else
		fprintf(t->out, " %llu\n", sample->value);
	return 0;
}

int expo_print(const struct snapshot *snapshot, enum expo_format format, FILE *out)
{
	struct text t = { .out = out, .format = format };

	expo_walk(snapshot, sample_print, &t);
	fputs("# EOF\n", out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

/* Is this entry of an Accept header, len bytes, for type and not refused by a q of 0? */
static bool accepts(const char *entry, size_t len, const char *type)
{
	const char *end = entry + len, *q;
	size_t type_len = strlen(type);

	while (entry < end && (*entry == ' ' || *entry == '\t'))
		entry++;
	if ((size_t)(end - entry) < type_len || strncasecmp(entry, type, type_len))
		return false;
	entry += type_len;
	if (entry < end && !strchr("; \t", *entry))
		return false;
	for (q = entry; q + 2 < end; q++) {
		if (strchr("; \t", q[-1]) && (*q == 'q' || *q == 'Q') && q[1] == '=')
			return strspn(q + 2, "0.") < strcspn(q + 2, ",; \t");
	}
	return true;
}

enum expo_format expo_negotiate(const char *accept)
{
	while (accept && *accept) {
		size_t len = strcspn(accept, ",");

		if (accepts(accept, len, "application/openmetrics-text"))
			return EXPO_OPENMETRICS;
		accept += len + (accept[len] == ',');
	}
	return EXPO_PROMETHEUS;
}

const char *expo_content_type(enum expo_format format)
{
	if (format == EXPO_OPENMETRICS)
		return "application/openmetrics-text; version=1.0.0; charset=utf-8";
	return "text/plain; version=0.0.4; charset=utf-8";
}
