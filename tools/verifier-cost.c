/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verifier-cost OBJECT [LIMIT]: loads each program of a BPF object by itself and prints how many
 * instructions the running kernel's verifier went through for it, in TAP. A program that is
 * refused or that costs more than LIMIT (default: what the design allows) fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#define LIMIT_DEFAULT 250000UL /* the kernel's own limit is a million */
#define LOG_STATS 4U	       /* BPF_LOG_STATS: no trace, only the totals and the error */
#define LOG_SIZE 65536U
#define LOG_SHOWN 800U /* of a refused program: the end, where the verifier says why */

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static void object_close(struct bpf_object **object)
{
	bpf_object__close(*object);
}

/*
 * Loads one program of the object. Negative errno; the log (LOG_SIZE bytes) holds the verifier's
 * words in either case.
 */
static int load_program(const char *path, const char *name, char *log)
{
	__attribute__((cleanup(object_close))) struct bpf_object *object = NULL;
	struct bpf_program *program;

	object = bpf_object__open_file(path, NULL);
	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object) {
		if (strcmp(bpf_program__name(program), name)) {
			bpf_program__set_autoload(program, false);
			continue;
		}
		bpf_program__set_log_level(program, LOG_STATS);
		bpf_program__set_log_buf(program, log, LOG_SIZE);
	}
	return bpf_object__load(object);
}

/* Prints the program's line. Returns whether it is within the limit. */
static bool report(const char *path, const char *name, unsigned long limit)
{
	static char log[LOG_SIZE];
	unsigned long count;
	const char *total;
	int err;

	log[0] = '\0';
	err = load_program(path, name, log);
	if (err) {
		printf("not ok - %s refused: %s\n", name, strerror(-err));
		fprintf(stderr, "%s\n",
			log + (strlen(log) > LOG_SHOWN ? strlen(log) - LOG_SHOWN : 0));
		return false;
	}
	total = strstr(log, "processed ");
	if (!total || sscanf(total, "processed %lu insns", &count) != 1) {
		printf("not ok - %s loaded, but the kernel does not say at what cost\n", name);
		return false;
	}
	printf("%s - %s %lu instructions of %lu\n", count > limit ? "not ok" : "ok", name, count,
	       limit);
	return count <= limit;
}

int main(int argc, char **argv)
{
	__attribute__((cleanup(object_close))) struct bpf_object *object = NULL;
	unsigned long limit = argc == 3 ? strtoul(argv[2], NULL, 10) : LIMIT_DEFAULT;
	struct bpf_program *program;
	bool good = true;

	if (argc < 2 || argc > 3 || !limit) {
		fprintf(stderr, "usage: verifier-cost OBJECT [LIMIT]\n");
		return 2;
	}
	libbpf_set_print(quiet);
	object = bpf_object__open_file(argv[1], NULL);
	if (!object) {
		fprintf(stderr, "verifier-cost: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	bpf_object__for_each_program(program, object)
		good &= report(argv[1], bpf_program__name(program), limit);
	return good ? 0 : 1;
}
