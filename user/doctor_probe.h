/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds out what the doctor judges. Nothing is changed, but for --probe.
 */
#ifndef SIPSHIELD_DOCTOR_PROBE_H
#define SIPSHIELD_DOCTOR_PROBE_H

#include "user/doctor.h"

struct doctor_options {
	const char *root; /* "" for this host; a directory: files below it stand in for its own, and
			     nothing is asked that files do not say */
	bool probe;	  /* a native attach may be tried */
};

/* facts->nic.name must be set. What cannot be found out stays unknown. */
void doctor_probe(const struct doctor_options *options, struct doctor_facts *facts);

/* The parts of it. */
void doctor_probe_system(const char *root, struct doctor_facts *facts);
void doctor_probe_nic_files(const char *root, struct doctor_nic *nic);
void doctor_probe_nic(struct doctor_nic *nic);
/* Attaches a program that passes everything natively, and takes it off: the link may flap. */
void doctor_probe_attach(struct doctor_nic *nic);
void doctor_probe_shield(const char *dev, struct doctor_shield *shield);
void doctor_probe_policy(const char *dev, struct doctor_shield *shield);
void doctor_probe_host(const char *dev, struct doctor_facts *facts);

/*
 * The table of drivers: /etc/sipshield/drivers.yaml, else /usr/share/sipshield/drivers.yaml, else
 * the one that is built in. Errors go to stderr. *out must be freed.
 */
int doctor_drivers(const char *root, struct drivers *out);

#endif
