/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The acts of tools/dance.c, and its command line. */
#ifndef SIPSHIELD_TOOLS_DANCE_OPTIONS_H
#define SIPSHIELD_TOOLS_DANCE_OPTIONS_H

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAITS_MAX 32
#define CALLED_MAX 16
#define TRIES_MAX 10000

struct act {
	const char *name;
	const char *method;
	const char *what;
	bool together;	/* one dancer for all users, not one each */
	bool wrong;	/* passwords that nobody has */
	bool new_call;	/* a Call-ID and From tag of its own for each try */
	bool new_port;	/* and a port */
	bool one_call;	/* all tries in one call, with one CSeq, each with a From tag of its own */
	bool old_nonce; /* tries begin with credentials, for the last challenge */
	bool forged;	/* nobody hears the answers */
};

static const struct act acts[] = {
	{ .name = "phone", .method = "REGISTER", .what = "each user registers" },
	{ .name = "mistyped",
	  .method = "REGISTER",
	  .what = "each user's phone has a wrong password and tries again in the same call",
	  .wrong = true,
	  .old_nonce = true },
	{ .name = "crack",
	  .method = "REGISTER",
	  .what = "guesses passwords, each in a call of its own, with the last nonce",
	  .together = true,
	  .wrong = true,
	  .new_call = true,
	  .old_nonce = true },
	{ .name = "svcrack",
	  .method = "REGISTER",
	  .what = "the same as svcrack does it: one call, one CSeq, another From tag for each",
	  .together = true,
	  .wrong = true,
	  .one_call = true,
	  .old_nonce = true },
	{ .name = "enumerate",
	  .method = "REGISTER",
	  .what = "one user after the other, a port, a call and a nonce for each",
	  .together = true,
	  .wrong = true,
	  .new_call = true,
	  .new_port = true },
	{ .name = "toll",
	  .method = "INVITE",
	  .what = "callers whose passwords are known try numbers, a port for each",
	  .together = true,
	  .new_call = true,
	  .new_port = true },
	{ .name = "forge",
	  .method = "REGISTER",
	  .what = "frames from another's address, with credentials for an invented nonce",
	  .together = true,
	  .wrong = true,
	  .new_call = true,
	  .forged = true },
};
#define ACTS (sizeof(acts) / sizeof(acts[0]))

struct options {
	const struct act *act;
	const char *src, *dst, *domain, *secret;
	char *called[CALLED_MAX];
	unsigned int called_count;
	unsigned int first_user, last_user;
	unsigned int port; /* of the first dancer */
	unsigned int tries, gap_ms, stagger_ms, patience_ms, ttl;
	unsigned int wait_s[WAITS_MAX]; /* between rounds */
	unsigned int waits;
	unsigned int seed;
};

static inline void dance_usage(FILE *out)
{
	fputs("usage: dance ACT --src ADDR --dst ADDR --users FIRST[-LAST] [options]\n"
	      "Dance with a server that asks for a digest, for the lab only. ACT is one of\n",
	      out);
	for (size_t i = 0; i < ACTS; i++)
		fprintf(out, "  %-10s %s\n", acts[i].name, acts[i].what);
	fputs("\n  --port N       of the first dancer; the others have the next ones (5060)\n"
	      "  --domain NAME  of users and server (lab.example)\n"
	      "  --secret TEXT  a user's password is this and its name (lab-)\n"
	      "  --tries N      of each user in each round (1)\n"
	      "  --gap MS       between two tries (0)\n"
	      "  --stagger MS   between two dancers' beginnings (0)\n"
	      "  --waits S,...  seconds until all is done once more, for each further round\n"
	      "  --patience MS  for an answer (4000)\n"
	      "  --called A,... users or numbers that are called\n"
	      "  --ttl N        of forged packets, which are IPv4 (50)\n"
	      "  --seed N       what is random is drawn from this number (0: from the clock)\n",
	      out);
}

static inline int parse_number(const char *text, unsigned long least, unsigned long most,
			       unsigned int *out)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || number < least || number > most)
		return -EINVAL;
	*out = (unsigned int)number;
	return 0;
}

static inline int parse_users(char *text, struct options *opt)
{
	char *last = strchr(text, '-');
	int err;

	if (last)
		*last++ = '\0';
	err = parse_number(text, 1, 999999, &opt->first_user);
	return err ? err
		   : parse_number(last ? last : text, opt->first_user, 999999, &opt->last_user);
}

/* A list with commas between its items. */
static inline int parse_list(char *text, struct options *opt, bool waits)
{
	int err = 0;

	for (char *item = strtok(text, ","); item && !err; item = strtok(NULL, ",")) {
		if (waits)
			err = opt->waits == WAITS_MAX
				      ? -EINVAL
				      : parse_number(item, 0, 86400, &opt->wait_s[opt->waits++]);
		else if (opt->called_count == CALLED_MAX)
			err = -EINVAL;
		else
			opt->called[opt->called_count++] = item;
	}
	return err;
}

static inline int parse_option(int c, char *arg, struct options *opt)
{
	switch (c) {
	case 'p':
		return parse_number(arg, 1, 65535, &opt->port);
	case 't':
		return parse_number(arg, 1, TRIES_MAX, &opt->tries);
	case 'g':
		return parse_number(arg, 0, 600000, &opt->gap_ms);
	case 's':
		return parse_number(arg, 0, 60000, &opt->stagger_ms);
	case 'P':
		return parse_number(arg, 1, 60000, &opt->patience_ms);
	case 'T':
		return parse_number(arg, 1, 255, &opt->ttl);
	case 'u':
		return parse_users(arg, opt);
	case 'w':
		return parse_list(arg, opt, true);
	case 'c':
		return parse_list(arg, opt, false);
	case 'S':
		return parse_number(arg, 0, UINT32_MAX, &opt->seed);
	default:
		return -EINVAL;
	}
}

/* Forged packets are IPv4. Returns 1 if there is nothing left to do, -EINVAL if it cannot be done. */
static inline int dance_options(int argc, char **argv, struct options *opt)
{
	static const struct option table[] = {
		{ "src", 1, NULL, 'A' },      { "dst", 1, NULL, 'D' },
		{ "domain", 1, NULL, 'd' },   { "secret", 1, NULL, 'x' },
		{ "users", 1, NULL, 'u' },    { "port", 1, NULL, 'p' },
		{ "tries", 1, NULL, 't' },    { "gap", 1, NULL, 'g' },
		{ "stagger", 1, NULL, 's' },  { "waits", 1, NULL, 'w' },
		{ "patience", 1, NULL, 'P' }, { "called", 1, NULL, 'c' },
		{ "ttl", 1, NULL, 'T' },      { "seed", 1, NULL, 'S' },
		{ "help", 0, NULL, 'h' },     { 0 },
	};
	struct in_addr four;
	int c;

	*opt = (struct options){ .domain = "lab.example",
				 .secret = "lab-",
				 .port = 5060,
				 .tries = 1,
				 .patience_ms = 4000,
				 .ttl = 50 };
	while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (c == 'h') {
			dance_usage(stdout);
			return 1;
		}
		if (c == 'A')
			opt->src = optarg;
		else if (c == 'D')
			opt->dst = optarg;
		else if (c == 'd')
			opt->domain = optarg;
		else if (c == 'x')
			opt->secret = optarg;
		else if (c == '?' || parse_option(c, optarg, opt))
			return -EINVAL;
	}
	for (size_t i = 0; i < ACTS && optind + 1 == argc; i++)
		opt->act = strcmp(argv[optind], acts[i].name) ? opt->act : &acts[i];
	if (!opt->act || !opt->src || !opt->dst || !opt->first_user)
		return -EINVAL;
	if (opt->act->forged &&
	    (inet_pton(AF_INET, opt->src, &four) != 1 || inet_pton(AF_INET, opt->dst, &four) != 1))
		return -EINVAL;
	return strcmp(opt->act->method, "INVITE") || opt->called_count ? 0 : -EINVAL;
}

#endif
