/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The doctor: what was found out about a host, and what is to be said of it. Pure; doctor_probe.h
 * finds it out. A fact that is all zero is not known, and a check whose facts are not known says SKIP.
 */
#ifndef SIPSHIELD_DOCTOR_H
#define SIPSHIELD_DOCTOR_H

#include <jansson.h>
#include <net/if.h>
#include <stdio.h>

#include "user/blind.h"
#include "user/drivers.h"
#include "user/listening.h"

enum fact { FACT_UNKNOWN, FACT_NO, FACT_YES };

struct doctor_system {
	char release[65]; /* of the kernel */
	enum fact btf, jit, bpffs;
	enum fact unprivileged_bpf; /* anybody may load programs */
	char lockdown[24];	    /* mode, "none", "integrity" or "confidentiality"; "" */
	enum fact root;
	char missing[64];     /* capabilities, "" for none */
	__u64 memory_kb;      /* of the host */
	__u64 memory_free_kb; /* that could be had */
	unsigned int cpus;
	enum fact clock_synced;
	char clocksource[32];
};

enum nic_kind {
	KIND_UNKNOWN,
	KIND_PHYSICAL,
	KIND_VETH,
	KIND_BOND,
	KIND_TEAM,
	KIND_BRIDGE,
	KIND_VLAN,
	KIND_MACVLAN,
	KIND_TUNNEL,
	KIND_LOOPBACK,
	KIND_OTHER,
};

/* An offload of an interface. */
struct doctor_offload {
	enum fact on;
	enum fact fixed; /* cannot be changed here */
};

#define DOCTOR_PORTS_MAX 8

/* An interface below the one that is looked at. */
struct doctor_port {
	char name[IF_NAMESIZE];
	char driver[DRIVER_NAME_LEN];
	enum fact xdp; /* has a program of its own */
};

struct doctor_nic {
	char name[IF_NAMESIZE];
	enum fact present, up;
	enum nic_kind kind;
	char driver[DRIVER_NAME_LEN];
	unsigned int mtu;
	unsigned int channels, channels_max; /* 0: not known */
	unsigned int queues;		     /* that receive */
	struct doctor_offload lro, gro_hw, vlan;
	char bond_mode[32];
	struct doctor_port port[DOCTOR_PORTS_MAX]; /* of a bond, or below a VLAN */
	size_t ports;
	char master[IF_NAMESIZE]; /* that it is a part of, "" for none */
	char master_driver[DRIVER_NAME_LEN];
	unsigned int vlans; /* VLAN interfaces upon it */
	enum fact xdp;	    /* a program is attached */
	__u32 xdp_id;
	char xdp_name[16];
	enum fact xdp_native;
	enum fact probed; /* a native attach was tried: YES: it worked */
	char probe_error[160];
};

#define DOCTOR_SOCKETS_MAX 16

/* A socket of the host that awaits SIP. */
struct doctor_socket {
	struct addr address; /* all zero (or mapped zero): any */
	__u16 port;
	__u8 protocol; /* IPPROTO_ */
	enum listening_use use;
	char process[LISTENING_PROCESS_LEN];
	enum fact covered;     /* by a listener of the policy in force */
	char dev[IF_NAMESIZE]; /* the interface with the address; "": any, or not known */
};

#define DOCTOR_PEERS_MAX 8

/* Somebody whom the host cannot do without. */
struct doctor_peer {
	const char *what; /* "gateway" */
	struct addr address;
	enum fact safe; /* the policy in force never bans it */
};

struct doctor_shield {
	enum fact pinned; /* there are pins for the interface */
	enum fact read;	  /* its maps could be read */
	int read_error;	  /* errno, where not */
	enum fact alive;  /* its link is on the interface */
	enum fact native;
	__u32 link_program;  /* that runs */
	__u32 agent_program; /* that the agent put there; 0: not known */
	enum fact enforcing; /* mode: enforce */
	char mode[8];	     /* of the policy */
	enum fact reverts;   /* the policy waits to be confirmed */
	enum fact bypassed, blind, frozen;
	enum fact compared;	       /* the two readings are there */
	struct blind_reading from, to; /* about two seconds apart */
	enum fact agent;	       /* a process holds the interface */
	double silent;		       /* seconds since its last round; < 0: never */
	struct doctor_socket socket[DOCTOR_SOCKETS_MAX];
	size_t sockets;
	struct doctor_peer peer[DOCTOR_PEERS_MAX];
	size_t peers;
	unsigned int carriers;
	__u64 map_bytes; /* that the maps take in the kernel; 0: not known */
	__u64 suspects, suspects_max, bans, bans_max;
	__u64 nonces, shared;
	enum fact file_differs; /* the files say another policy than the one in force */
	char file_error[160];	/* "": they can be read */
	/* pins */
	unsigned int root_mode, dir_mode; /* permission bits; 0: not known */
	enum fact owner;		  /* they belong to root or to the agent's user */
	char stray[IF_NAMESIZE];	  /* pins of an interface that is gone, "" for none */
	enum fact other_abi;		  /* the pins are of another version */
};

struct doctor_host {
	enum fact systemd;
	char unit[64]; /* of the agent; "": none runs it */
	enum fact unit_enabled, watchdog;
	char sip_unit[64];   /* that is there; "": none */
	enum fact ordered;   /* begins after ours */
	enum fact conntrack; /* is in use */
	__u64 conntracked, conntrack_max;
	enum fact nft;		/* the rules could be read */
	unsigned int nft_drops; /* rules that drop a protected port */
	char nft_rule[120];	/* where the first one is: "inet filter input" */
	enum fact nft_closed;	/* a chain drops what no rule accepts, and none names the port */
	char nft_chain[96];
};

struct doctor_facts {
	__u32 kernel;	 /* VERSION_OF */
	__u32 sipshield; /* likewise */
	struct doctor_system system;
	struct doctor_nic nic;
	struct doctor_shield shield;
	struct doctor_host host;
	const struct drivers *drivers;
};

enum doctor_check {
#define DOCTOR(id, number, name, sentence) DOCTOR_##id,
#include "user/doctor.def"
#undef DOCTOR
	DOCTOR_CHECKS,
};

enum doctor_level { DOCTOR_OK, DOCTOR_SKIP, DOCTOR_WARN, DOCTOR_FAIL, DOCTOR_LEVELS };

struct doctor_finding {
	enum doctor_check check;
	enum doctor_level level;
	char text[384];
	char fix[256]; /* the command, or what to do; "" for nothing */
};

#define DOCTOR_FINDINGS_MAX 80

struct doctor_report {
	struct doctor_finding finding[DOCTOR_FINDINGS_MAX];
	size_t count;
};

unsigned int doctor_number(enum doctor_check check);
const char *doctor_name(enum doctor_check check);
const char *doctor_sentence(enum doctor_check check);
const char *doctor_level_name(enum doctor_level level);

/* Every check says at least one line, in the order of doctor.def. */
void doctor_judge(const struct doctor_facts *facts, struct doctor_report *out);
/* How many findings are of a level. */
size_t doctor_count(const struct doctor_report *report, enum doctor_level level);

void doctor_print(const struct doctor_facts *facts, const struct doctor_report *report, bool color,
		  FILE *out);
json_t *doctor_json(const struct doctor_facts *facts, const struct doctor_report *report);

#endif
