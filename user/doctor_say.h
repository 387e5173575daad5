/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside the doctor: the checks and how they say what they find. Only user/doctor*.c includes this.
 */
#ifndef SIPSHIELD_DOCTOR_SAY_H
#define SIPSHIELD_DOCTOR_SAY_H

#include "user/doctor.h"

/* What one check works with. */
struct doctor_case {
	const struct doctor_facts *facts;
	struct doctor_report *report;
	enum doctor_check check;
};

void doctor_say(struct doctor_case *c, enum doctor_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* What to do about the finding that was said last. */
void doctor_fix(struct doctor_case *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Has this check said anything yet? */
bool doctor_said(const struct doctor_case *c);

typedef void doctor_fn(struct doctor_case *c);
#define DOCTOR(id, number, name, sentence) doctor_fn doctor_##id;
#include "user/doctor.def"
#undef DOCTOR

#endif
