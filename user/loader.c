// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The object from its bytes to loaded programs and pinned maps.
 */
#include "user/loader.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <cap-ng.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "user/shield.h"

#define BPFFS "/sys/fs/bpf"
#define GROUP "sipshield"     /* may read the maps without any capability */
#define STATE_DIR "state-dir" /* the link beside the pins, and */
#define NOWHERE "none"	      /* what it points to when nothing is kept */

extern const char shield_object[], shield_object_end[];

void shield_free(struct shield *shield)
{
	if (!shield)
		return;
	store_close(shield->store);
	bpf_object__close(shield->object);
	free(shield);
}

static void shield_cleanup(struct shield **shield)
{
	shield_free(*shield);
}

struct store *shield_store(struct shield *shield)
{
	return shield->store;
}

int shield_program_fd(const struct shield *shield, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(shield->object, name));
}

int shield_ingress_fd(const struct shield *shield)
{
	return shield_program_fd(shield, PROGRAM_XDP);
}

int shield_frags_fd(const struct shield *shield)
{
	return shield_program_fd(shield, PROGRAM_FRAGS);
}

int shield_egress_fd(const struct shield *shield)
{
	return shield_program_fd(shield, PROGRAM_EGRESS);
}

/* Names of the capabilities that loading takes and that this process lacks, "" for none. */
static const char *missing_capabilities(char out[64])
{
	static const struct {
		unsigned int capability;
		const char *name;
	} needed[] = { { CAP_BPF, "CAP_BPF" },
		       { CAP_NET_ADMIN, "CAP_NET_ADMIN" },
		       { CAP_PERFMON, "CAP_PERFMON" } };

	*out = '\0';
	capng_get_caps_process();
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (capng_have_capability(CAPNG_EFFECTIVE, needed[i].capability) ||
		    capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN))
			continue;
		strcat(out, *out ? ", " : "");
		strcat(out, needed[i].name);
	}
	return out;
}

/* The verifier's words matter when a program is refused, and nothing else of libbpf's chatter. */
static int print_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static int object_load(struct bpf_object *object)
{
	libbpf_print_fn_t previous;
	char missing[64];
	int err;

	if (*missing_capabilities(missing))
		return -EPERM;
	previous = libbpf_set_print(print_warning);
	err = bpf_object__load(object);
	libbpf_set_print(previous);
	return err;
}

static int object_open(const char *path, struct bpf_object **out)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = "shield");
	libbpf_print_fn_t previous = libbpf_set_print(NULL);
	struct bpf_object *object;
	struct bpf_program *program;
	int err;

	object = path ? bpf_object__open_file(path, &opts)
		      : bpf_object__open_mem(shield_object, shield_object_end - shield_object,
					     &opts);
	err = libbpf_get_error(object);
	libbpf_set_print(previous);
	if (err)
		return err;
	/* A link takes no other program than one of the same attach type. */
	bpf_object__for_each_program(program, object) {
		if (bpf_program__type(program) == BPF_PROG_TYPE_XDP)
			bpf_program__set_expected_attach_type(program, BPF_XDP);
	}
	*out = object;
	return 0;
}

/* Where a constant of the object lies in .rodata. */
static int find_constant(const struct bpf_object *object, const char *name, size_t *offset)
{
	const struct btf *btf = bpf_object__btf(object);
	int id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -ENOENT;
	const struct btf_type *section = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (int i = 0; section && i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *info = btf_var_secinfos(section) + i;
		const struct btf_type *variable = btf__type_by_id(btf, info->type);

		if (strcmp(btf__name_by_offset(btf, variable->name_off), name))
			continue;
		*offset = info->offset;
		return 0;
	}
	return -ENOENT;
}

/* The packet path takes its time from control.replay_now_ns, and records each verdict. */
static int set_replay_clock(struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	size_t offset = 0, size = 0;
	const void *initial;
	unsigned char *data;
	int err = map ? find_constant(object, "replay_clock", &offset) : -ENOENT;

	if (err)
		return err;
	initial = bpf_map__initial_value(map, &size);
	data = initial && offset < size ? malloc(size) : NULL;
	if (!data)
		return -ENOMEM;
	memcpy(data, initial, size);
	data[offset] = 1;
	err = bpf_map__set_initial_value(map, data, size);
	free(data);
	return err;
}

int shield_load_private(struct shield **out)
{
	__attribute__((cleanup(shield_cleanup))) struct shield *shield = calloc(1, sizeof(*shield));
	const char *path = secure_getenv("SIPSHIELD_OBJECT");
	int err;

	if (!shield)
		return -ENOMEM;
	err = object_open(path, &shield->object);
	if (err) {
		fprintf(stderr, "sipshield: cannot read the BPF object%s%s: %s\n", path ? " " : "",
			path ? path : "", strerror(-err));
		return err;
	}
	err = set_replay_clock(shield->object);
	if (!err)
		err = object_load(shield->object);
	if (!err)
		err = store_of_object(shield->object, &shield->store);
	if (!err)
		err = store_init(shield->store);
	if (err) {
		char why[SHIELD_WHY_LEN];

		shield_explain_load(err, why);
		fprintf(stderr, "sipshield: %s\n", why);
		return err;
	}
	*out = shield;
	shield = NULL;
	return 0;
}

int shield_say(int err, char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, SHIELD_WHY_LEN, format, args);
	va_end(args);
	return err;
}

void shield_explain_load(int err, char *why)
{
	char missing[64];

	if (*missing_capabilities(missing))
		shield_say(err, why,
			   "loading BPF programs takes capabilities that are missing here: %s; "
			   "run as root, or grant them (AmbientCapabilities= in a unit)",
			   missing);
	else
		shield_say(err, why,
			   "the kernel refuses the BPF programs: %s; Linux 6.1 or later is "
			   "needed",
			   strerror(-err));
}

/* bpffs is where everything that outlives the agent is found again. */
static int need_bpffs(char *why)
{
	struct statfs fs;

	if (statfs(BPFFS, &fs))
		return shield_say(-errno, why,
				  "there is no " BPFFS ": the kernel has no BPF "
				  "support, or sysfs is not mounted");
	if (fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("bpf", BPFFS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0755"))
		return shield_say(-errno, why,
				  "no bpffs is mounted on " BPFFS " and mounting it "
				  "failed (%s); run: mount -t bpf bpf " BPFFS,
				  strerror(errno));
	return 0;
}

static int need_dir(const char *path, char *why)
{
	if (mkdir(path, 0750) && errno != EEXIST)
		return shield_say(-errno, why, "cannot make %s: %s; run as root", path,
				  strerror(errno));
	return 0;
}

/* What belongs to one load alone: constants and working space. */
static bool is_private(const struct bpf_map *map)
{
	const char *name = bpf_map__name(map);

	return bpf_map__is_internal(map) || !strcmp(name, "scratch") || !strcmp(name, "facts");
}

static int set_pins(struct bpf_object *object, const char *dir)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		char path[SHIELD_PATH_LEN + 32];
		int err;

		if (is_private(map))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, bpf_map__name(map));
		err = bpf_map__set_pin_path(map, path);
		if (err)
			return err;
	}
	return 0;
}

/* Asks for a change only where there is one to make: an agent under its own user may not chown. */
static int share(int dir, const char *name, gid_t group, mode_t mode)
{
	struct stat now;

	if (fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (now.st_gid != group && fchownat(dir, name, -1, group, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if ((now.st_mode & 07777) != mode && fchmodat(dir, name, mode, 0))
		return -errno;
	return 0;
}

int shield_share_pins(const char *path, char *why)
{
	const struct group *group = getgrnam(GROUP);
	DIR *pins = group ? opendir(path) : NULL;
	int err = group && !pins ? -errno : 0;
	struct dirent *pin;

	while (pins && !err && (pin = readdir(pins))) {
		if (pin->d_name[0] != '.' && strcmp(pin->d_name, STATE_DIR))
			err = share(dirfd(pins), pin->d_name, group->gr_gid, 0640);
	}
	if (pins && !err)
		err = share(dirfd(pins), ".", group->gr_gid, 0750);
	if (pins && !err)
		err = share(AT_FDCWD, STORE_ROOT, group->gr_gid, 0750);
	if (pins)
		closedir(pins);
	return err ? shield_say(err, why, "cannot let the group " GROUP " read %s: %s", path,
				strerror(-err))
		   : 0;
}

/* What an agent of another version left is refused before libbpf stumbles over its sizes. */
static int check_version(const char *dev, char *why)
{
	struct store *store = NULL;
	int err = store_open(dev, false, &store, NULL);

	store_close(store);
	if (err != -EPROTO)
		return 0;
	return shield_say(err, why,
			  "the maps of %s were made by another version of sipshield and "
			  "go on with its programs; `sipshield detach %s' removes them, "
			  "then run this again",
			  dev, dev);
}

int shield_load(const char *dev, struct shield **out, char *why)
{
	__attribute__((cleanup(shield_cleanup))) struct shield *shield = calloc(1, sizeof(*shield));
	int err;

	if (!shield)
		return shield_say(-ENOMEM, why, "no memory");
	if (!store_is_dev(dev) || !if_nametoindex(dev))
		return shield_say(-ENODEV, why, "there is no interface %s; `ip link' lists them",
				  dev);
	snprintf(shield->dev, sizeof(shield->dev), "%s", dev);
	snprintf(shield->dir, sizeof(shield->dir), STORE_ROOT "/%s", dev);
	err = need_bpffs(why);
	if (!err)
		err = check_version(dev, why);
	if (!err)
		err = need_dir(STORE_ROOT, why);
	if (!err)
		err = need_dir(shield->dir, why);
	if (err)
		return err;
	err = object_open(NULL, &shield->object);
	if (!err)
		err = set_pins(shield->object, shield->dir);
	if (!err)
		err = object_load(shield->object);
	if (err) {
		shield_explain_load(err, why);
		return err;
	}
	err = store_create(dev, &shield->store);
	if (err)
		return shield_say(err, why, "cannot use the maps in %s: %s", shield->dir,
				  strerror(-err));
	store_use_types(shield->store, shield->object);
	err = shield_share_pins(shield->dir, why);
	if (err)
		return err;
	*out = shield;
	shield = NULL;
	return 0;
}

int shield_set_state_dir(const char *dev, const char *dir)
{
	char path[SHIELD_PATH_LEN + sizeof(STATE_DIR)];
	char *whole = *dir ? realpath(dir, NULL) : strdup(NOWHERE);
	int err;

	if (!whole)
		return -errno;
	snprintf(path, sizeof(path), STORE_ROOT "/%s/" STATE_DIR, dev);
	err = unlink(path) && errno != ENOENT ? -errno : 0;
	if (!err && symlink(whole, path))
		err = -errno;
	free(whole);
	return err;
}

void shield_state_dir(const char *dev, char out[VARFILE_PATH_LEN])
{
	char path[SHIELD_PATH_LEN + sizeof(STATE_DIR)];
	ssize_t len;

	snprintf(path, sizeof(path), STORE_ROOT "/%s/" STATE_DIR, dev);
	len = readlink(path, out, VARFILE_PATH_LEN - 1);
	if (len < 0)
		len = snprintf(out, VARFILE_PATH_LEN, VARFILE_DIR);
	out[len] = 0;
	if (!strcmp(out, NOWHERE))
		*out = 0;
}
