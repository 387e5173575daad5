/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sockets of a host as /proc/net shows them, and which of them await SIP. Pure; host.h reads
 * the files.
 */
#ifndef SIPSHIELD_LISTENING_H
#define SIPSHIELD_LISTENING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "maps/types.h"

#define LISTENING_PROCESS_LEN 16 /* bytes of a process name, with the NUL; the kernel's limit */

/* What a socket that awaits packets of anybody is to the shield. */
enum listening_use {
	LISTENING_OTHER,  /* not SIP, or a connection, or on loopback alone */
	LISTENING_SIP,	  /* SIP in clear text: to be a listener of the policy */
	LISTENING_TLS,	  /* SIP inside TLS, by its port: what is in it cannot be seen */
	LISTENING_UNSURE, /* a SIP server's, but neither its number nor a twin says that it is SIP */
};

struct net_socket {
	struct addr local, remote; /* all zero, or zero mapped from IPv4: any */
	__u16 local_port;	   /* host byte order */
	__u16 remote_port;	   /* 0: none */
	__u8 protocol;		   /* IPPROTO_UDP or IPPROTO_TCP */
	bool server;		   /* TCP: listens; UDP: has no peer */
	bool established;	   /* TCP */
	__u64 inode;		   /* 0: of no process any more */
	pid_t pid;		   /* the lowest of those that have it open; 0: not known */
	char process[LISTENING_PROCESS_LEN]; /* its name; "": not known */
	enum listening_use use;		     /* listening_judge */
};

struct net_sockets {
	struct net_socket *item;
	size_t count;
};

void listening_free(struct net_sockets *sockets);

/*
 * Appends what one of /proc/net/udp, udp6, tcp and tcp6 says. Lines that are none of its form, as
 * the first one, are passed over. Returns 0 or -ENOMEM.
 */
int listening_parse(const char *text, __u8 protocol, struct net_sockets *out);

/* "socket:[12345]", what /proc/PID/fd/N points to: 12345, or 0. */
__u64 listening_inode(const char *link);

/*
 * Names the process of a socket by the first line of its comm. Any user can choose that text: what is
 * no printable ASCII becomes `?', so that it can end no comment and steer no terminal.
 */
void listening_name(struct net_socket *socket, const char *comm);

/* Fills in use; the processes must be known by then. */
void listening_judge(struct net_sockets *sockets);

/* Is it the name of a program that serves SIP? */
bool listening_is_sip_server(const char *process);

/* The address stands for all of the host's. */
bool listening_is_any(const struct addr *address);

const char *listening_use_name(enum listening_use use);

#endif
