// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A second wall behind the unit's, for an agent that is run by hand or in a container, too: Landlock
 * for files, and a filter that knows which commands of bpf() are the agent's.
 */
#include "user/agent_confine.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "user/instance.h"
#include "user/log.h"
#include "user/store.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Since ABI 3; the headers of Debian 12 are older. */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif
#define ABI_TRUNCATE 3

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE                                                                                      \
	(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE |                             \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |                          \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |                               \
	 LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)
#define NEVER                                                                                      \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |                               \
	 LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK)

struct ruleset {
	int fd;
	__u64 handled;
};

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define cleanup_fd __attribute__((cleanup(close_fd)))

/* What is not there cannot be opened either: no error. */
static int allow(const struct ruleset *set, const char *path, __u64 access)
{
	cleanup_fd int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .allowed_access = access & set->handled,
						   .parent_fd = fd };

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	return syscall(SYS_landlock_add_rule, set->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0)
		       ? -errno
		       : 0;
}

/* The libraries look up users, the time zone and the number of CPUs when they need them. */
static int allow_system(const struct ruleset *set)
{
	static const char *const readable[] = { "/etc",	 "/usr", "/lib", "/lib64",
						"/proc", "/sys", "/run", "/dev" };
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(readable) && !err; i++)
		err = allow(set, readable[i], READ);
	return err ? err : allow(set, "/dev/null", LANDLOCK_ACCESS_FS_WRITE_FILE);
}

/* Further files and the lists lie beside the policy; it may be a link to another directory. */
static int allow_policy(const struct ruleset *set, const char *policy)
{
	char path[PATH_MAX], real[PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "%s", policy);
	err = allow(set, dirname(path), READ);
	if (!err && realpath(policy, real))
		err = allow(set, dirname(real), READ);
	return err;
}

static int restrict_files(const char *policy, const char *state_dir)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = READ | WRITE | NEVER };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	cleanup_fd int fd = -1;
	struct ruleset set;
	int err;

	if (abi < 0)
		return -errno;
	if (abi < ABI_TRUNCATE)
		attr.handled_access_fs &= ~LANDLOCK_ACCESS_FS_TRUNCATE;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0)
		return -errno;
	set = (struct ruleset){ .fd = fd, .handled = attr.handled_access_fs };
	err = allow_system(&set);
	if (!err && policy)
		err = allow_policy(&set, policy);
	if (!err && *state_dir)
		err = allow(&set, state_dir, READ | WRITE);
	if (!err)
		err = allow(&set, INSTANCE_DIR, READ | WRITE);
	if (!err)
		err = allow(&set, STORE_ROOT, READ | WRITE);
	if (!err &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_landlock_restrict_self, fd, 0)))
		err = -errno;
	return err;
}

/*
 * The unit has the list of what may be called. A second such list would break the agent whenever a
 * library takes another call; this one names what no agent calls and every intruder would like to.
 */
static const char *const forbidden[] = {
	"acct",
	"add_key",
	"adjtimex",
	"chroot",
	"clock_settime",
	"delete_module",
	"execve",
	"execveat",
	"finit_module",
	"fsconfig",
	"fsmount",
	"fsopen",
	"init_module",
	"io_uring_enter",
	"io_uring_setup",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"mknod",
	"mknodat",
	"mount",
	"move_mount",
	"open_by_handle_at",
	"open_tree",
	"personality",
	"pivot_root",
	"process_vm_readv",
	"process_vm_writev",
	"ptrace",
	"quotactl",
	"reboot",
	"request_key",
	"setdomainname",
	"sethostname",
	"setns",
	"settimeofday",
	"swapoff",
	"swapon",
	"syslog",
	"umount2",
	"unshare",
	"userfaultfd",
};

/* Everything else of bpf() asks for other people's programs, maps and links. */
static const unsigned int bpf_commands[] = {
	BPF_MAP_CREATE,	      BPF_MAP_LOOKUP_ELEM,   BPF_MAP_UPDATE_ELEM,
	BPF_MAP_DELETE_ELEM,  BPF_MAP_GET_NEXT_KEY,  BPF_MAP_LOOKUP_AND_DELETE_ELEM,
	BPF_MAP_LOOKUP_BATCH, BPF_MAP_UPDATE_BATCH,  BPF_MAP_DELETE_BATCH,
	BPF_MAP_FREEZE,	      BPF_PROG_LOAD,	     BPF_BTF_LOAD,
	BPF_OBJ_PIN,	      BPF_OBJ_GET,	     BPF_OBJ_GET_INFO_BY_FD,
	BPF_LINK_CREATE,      BPF_LINK_UPDATE,	     BPF_LINK_DETACH,
	BPF_BTF_GET_FD_BY_ID, BPF_PROG_GET_FD_BY_ID,
};

static void filter_release(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

/* The numbers of commands are small and dense: each one that is not the agent's gets its rule. */
static int forbid_commands(scmp_filter_ctx filter)
{
	unsigned int last = 0;
	__u64 allowed = 0;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(bpf_commands); i++) {
		allowed |= 1ULL << bpf_commands[i];
		last = bpf_commands[i] > last ? bpf_commands[i] : last;
	}
	for (unsigned int command = 0; command <= last && !err; command++) {
		if (!(allowed >> command & 1))
			err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(bpf), 1,
					       SCMP_A0_32(SCMP_CMP_EQ, command));
	}
	return err ? err
		   : seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(bpf), 1,
				      SCMP_A0_32(SCMP_CMP_GT, last));
}

static int filter_calls(void)
{
	__attribute__((cleanup(filter_release)))
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int err = filter ? 0 : -ENOMEM;

	for (size_t i = 0; i < ARRAY_LEN(forbidden) && !err; i++) {
		int call = seccomp_syscall_resolve_name(forbidden[i]);

		if (call != __NR_SCMP_ERROR)
			err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0);
	}
	if (!err)
		err = forbid_commands(filter);
	return err ? err : seccomp_load(filter);
}

void agent_confine(const char *policy, const char *state_dir)
{
	int err = restrict_files(policy, state_dir);

	if (err)
		log_say(MESSAGE_AGENT_UNCONFINED, "not confined to its files by Landlock: %s",
			strerror(-err));
	err = filter_calls();
	if (err)
		log_say(MESSAGE_AGENT_UNCONFINED, "no filter of system calls: %s", strerror(-err));
}
