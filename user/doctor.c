// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/doctor.h"

#include <stdarg.h>
#include <string.h>

#include "user/doctor_say.h"
#include "user/json.h"

static const struct {
	unsigned int number;
	const char *name;
	const char *sentence;
	doctor_fn *judge;
} checks[] = {
#define DOCTOR(id, number, name, sentence) { number, name, sentence, doctor_##id },
#include "user/doctor.def"
#undef DOCTOR
};

static const char *const level_names[] = {
	[DOCTOR_OK] = "OK",
	[DOCTOR_SKIP] = "SKIP",
	[DOCTOR_WARN] = "WARN",
	[DOCTOR_FAIL] = "FAIL",
};
static const char *const level_colors[] = {
	[DOCTOR_OK] = "\033[32m",
	[DOCTOR_SKIP] = "\033[2m",
	[DOCTOR_WARN] = "\033[33m",
	[DOCTOR_FAIL] = "\033[31m",
};

unsigned int doctor_number(enum doctor_check check)
{
	return checks[check].number;
}

const char *doctor_name(enum doctor_check check)
{
	return checks[check].name;
}

const char *doctor_sentence(enum doctor_check check)
{
	return checks[check].sentence;
}

const char *doctor_level_name(enum doctor_level level)
{
	return level_names[level];
}

void doctor_say(struct doctor_case *c, enum doctor_level level, const char *format, ...)
{
	struct doctor_finding *finding;
	va_list args;

	if (c->report->count == DOCTOR_FINDINGS_MAX)
		return;
	finding = &c->report->finding[c->report->count++];
	memset(finding, 0, sizeof(*finding));
	finding->check = c->check;
	finding->level = level;
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

void doctor_fix(struct doctor_case *c, const char *format, ...)
{
	struct doctor_finding *finding = &c->report->finding[c->report->count - 1];
	va_list args;

	va_start(args, format);
	vsnprintf(finding->fix, sizeof(finding->fix), format, args);
	va_end(args);
}

bool doctor_said(const struct doctor_case *c)
{
	return c->report->count && c->report->finding[c->report->count - 1].check == c->check;
}

void doctor_judge(const struct doctor_facts *facts, struct doctor_report *out)
{
	struct doctor_case c = { .facts = facts, .report = out };

	out->count = 0;
	for (unsigned int i = 0; i < DOCTOR_CHECKS; i++) {
		c.check = i;
		checks[i].judge(&c);
	}
}

size_t doctor_count(const struct doctor_report *report, enum doctor_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < report->count; i++)
		count += report->finding[i].level == level;
	return count;
}

static const char *dev_of(const struct doctor_facts *facts)
{
	return *facts->nic.name ? facts->nic.name : "DEV";
}

/* The way out that needs no program of ours is on the screen before it is needed. */
static void print_exit(const struct doctor_facts *facts, FILE *out)
{
	const char *dev = dev_of(facts);

	fprintf(out,
		"\nEmergency exit: sipshield bypass %s --for 10m\n"
		"  without this program: rm /sys/fs/bpf/sipshield/%s/link && tc filter del dev %s "
		"egress pref 1 handle 5060 bpf\n",
		dev, dev, dev);
}

void doctor_print(const struct doctor_facts *facts, const struct doctor_report *report, bool color,
		  FILE *out)
{
	for (size_t i = 0; i < report->count; i++) {
		const struct doctor_finding *finding = &report->finding[i];

		fprintf(out, "%s%-4s%s D%03u %-10s %s\n", color ? level_colors[finding->level] : "",
			level_names[finding->level], color ? "\033[0m" : "",
			checks[finding->check].number, checks[finding->check].name, finding->text);
		if (*finding->fix)
			fprintf(out, "     fix: %s\n", finding->fix);
	}
	fprintf(out, "\n%zu ok, %zu to look at, %zu wrong, %zu not looked at\n",
		doctor_count(report, DOCTOR_OK), doctor_count(report, DOCTOR_WARN),
		doctor_count(report, DOCTOR_FAIL), doctor_count(report, DOCTOR_SKIP));
	print_exit(facts, out);
}

json_t *doctor_json(const struct doctor_facts *facts, const struct doctor_report *report)
{
	json_t *document = json_document(), *list = json_array();

	for (size_t i = 0; i < report->count; i++) {
		const struct doctor_finding *finding = &report->finding[i];
		char id[8];

		snprintf(id, sizeof(id), "D%03u", checks[finding->check].number);
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", id, "name",
					checks[finding->check].name, "level",
					level_names[finding->level], "text", finding->text, "fix",
					*finding->fix ? json_string(finding->fix) : json_null()));
	}
	json_object_set_new(document, "dev",
			    *facts->nic.name ? json_string(facts->nic.name) : json_null());
	for (unsigned int level = 0; level < DOCTOR_LEVELS; level++) {
		static const char *const keys[] = { "ok", "skipped", "warnings", "failures" };

		json_object_set_new(document, keys[level],
				    json_integer((json_int_t)doctor_count(report, level)));
	}
	json_object_set_new(document, "checks", list);
	return document;
}
