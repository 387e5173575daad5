// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/web_confine.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/bpf.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define NOBODY 65534

static void filter_release(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

/*
 * What libmicrohttpd's loop, malloc and the reading of a link's state by netlink call, and to connect to
 * the agent's socket.
 */
static const char *const allowed[] = {
	"accept4",
	"bind",
	"brk",
	"clock_gettime",
	"close",
	"connect",
	"epoll_create1",
	"epoll_ctl",
	"epoll_pwait",
	"epoll_wait",
	"eventfd2",
	"exit",
	"exit_group",
	"fcntl",
	"futex",
	"getpid",
	"getrandom",
	"getsockname",
	"getsockopt",
	"gettimeofday",
	"lseek",
	"madvise",
	"mmap",
	"mremap",
	"munmap",
	"poll",
	"ppoll",
	"read",
	"recvfrom",
	"recvmsg",
	"restart_syscall",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"sendfile",
	"sendmsg",
	"sendto",
	"setsockopt",
	"shutdown",
	"time",
	"write",
	"writev",
};

/* Of bpf() only what reads a map that is open. */
static const unsigned int bpf_allowed[] = { BPF_MAP_LOOKUP_ELEM, BPF_MAP_GET_NEXT_KEY,
					    BPF_MAP_LOOKUP_BATCH, BPF_OBJ_GET_INFO_BY_FD };

/* For if_nametoindex(), which asks by SIOCGIFINDEX, and for what is attached there. */
static const unsigned int socket_allowed[] = { AF_UNIX, AF_NETLINK };

int web_filter_calls(void)
{
	__attribute__((cleanup(filter_release))) scmp_filter_ctx filter = NULL;
	int err = 0;

	filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	if (!filter)
		return -ENOMEM;
	for (size_t i = 0; !err && i < ARRAY_LEN(allowed); i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
				       seccomp_syscall_resolve_name(allowed[i]), 0);
	for (size_t i = 0; !err && i < ARRAY_LEN(bpf_allowed); i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(bpf), 1,
				       SCMP_A0_32(SCMP_CMP_EQ, bpf_allowed[i]));
	for (size_t i = 0; !err && i < ARRAY_LEN(socket_allowed); i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				       SCMP_A0_32(SCMP_CMP_EQ, socket_allowed[i]));
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				       SCMP_A1_32(SCMP_CMP_EQ, SIOCGIFINDEX));
	return err ? err : seccomp_load(filter);
}

static int become_nobody(void)
{
	const struct passwd *user = getpwnam("sipshield");
	const capng_flags_t flags = CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING |
				    CAPNG_CLEAR_AMBIENT;

	if (!user)
		user = getpwnam("nobody");
	return capng_change_id(user ? (int)user->pw_uid : NOBODY, user ? (int)user->pw_gid : NOBODY,
			       flags);
}

static bool is_powerless(void)
{
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_get_caps_process())
		return false;
	return capng_have_capabilities(CAPNG_SELECT_CAPS) == CAPNG_NONE && geteuid() != 0;
}

int web_drop_privileges(void)
{
	int err = 0;

	/* A unit has dropped all before, and may not even let it be asked for. */
	if (!is_powerless()) {
		capng_clear(CAPNG_SELECT_ALL);
		err = geteuid() == 0 ? become_nobody()
				     : capng_apply(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT);
	}
	return err || !is_powerless() || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ? -EPERM : 0;
}
