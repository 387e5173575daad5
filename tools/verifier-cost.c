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
#define LOG_STATS 4U	       /* BPF_LOG_STATS: no trace, only the totals */
#define LOG_TRACE 1U	       /* BPF_LOG_LEVEL1: the path that leads to the error */
#define LOG_SIZE (16U << 20)
#define LOG_SHOWN 4000U /* of a refused program: the end, where the verifier says why */

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
static int load_program(const char *path, const char *name, __u32 level, char *log)
{
	__attribute__((cleanup(object_close))) struct bpf_object *object = NULL;
	struct bpf_program *program;

	log[0] = '\0';
	object = bpf_object__open_file(path, NULL);
	if (!object)
		return -errno;
	bpf_object__for_each_program(program, object) {
		if (strcmp(bpf_program__name(program), name)) {
			bpf_program__set_autoload(program, false);
			continue;
		}
		bpf_program__set_log_level(program, level);
		bpf_program__set_log_buf(program, log, LOG_SIZE);
	}
	return bpf_object__load(object);
}

static bool refused(const char *path, const char *name, int err, char *log)
{
	size_t len;

	printf("not ok - %s\n# refused: %s\n", name, strerror(-err));
	load_program(path, name, LOG_TRACE, log);
	len = strlen(log);
	fprintf(stderr, "%s: %s\n", name, log + (len > LOG_SHOWN ? len - LOG_SHOWN : 0));
	return false;
}

/* Prints the program's lines. Returns whether it is within the limit. */
static bool report(const char *path, const char *name, unsigned long limit)
{
	static char log[LOG_SIZE];
	unsigned long count;
	const char *total;
	int err;

	err = load_program(path, name, LOG_STATS, log);
	if (err)
		return refused(path, name, err, log);
	total = strstr(log, "processed ");
	if (!total || sscanf(total, "processed %lu insns", &count) != 1) {
		printf("not ok - %s\n# loaded, but the kernel does not say at what cost\n", name);
		return false;
	}
	if (count > limit) {
		printf("not ok - %s\n# %lu instructions, more than %lu\n", name, count, limit);
		return false;
	}
	printf("ok - %s %lu instructions of %lu\n", name, count, limit);
	return true;
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
