/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a policy would cost whom, for people and for programs.
 */
#ifndef SIPSHIELD_IMPACT_REPORT_H
#define SIPSHIELD_IMPACT_REPORT_H

#include "user/impact.h"

/* What was looked at. */
struct impact_basis {
	const char *file; /* the new policy */
	const char *old;  /* what holds now, for people */
	bool events;	  /* sampled events; else packets of captures */
	double seconds;	  /* of the events: how far back was looked */
};

/* Returns 0, -ENOMEM or -EIO. */
int impact_print(const struct impact *impact, const struct impact_basis *basis, FILE *out);
json_t *impact_json(const struct impact *impact, const struct impact_basis *basis); /* or NULL */

#endif
