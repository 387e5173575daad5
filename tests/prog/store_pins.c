// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loading, attaching, taking over, detaching, on the loopback interface of a network namespace of
 * the test's own, with a bpffs of its own: nothing of the host is touched.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/if_link.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/addr.h"
#include "user/instance.h"
#include "user/loader.h"
#include "user/nic.h"

#define DEV "lo"
#define PINS STORE_ROOT "/" DEV

static void isolate(void)
{
	cr_assert_eq(unshare(CLONE_NEWNET | CLONE_NEWNS), 0);
	cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	cr_assert_eq(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL), 0);
}

TestSuite(store_pins, .init = isolate, .timeout = 120);

static struct shield *load(void)
{
	struct shield *shield = NULL;
	char why[SHIELD_WHY_LEN] = "";

	cr_assert_eq(shield_load(DEV, &shield, why), 0, "%s", why);
	return shield;
}

static struct shield *protect(void)
{
	struct shield *shield = load();
	enum attach_mode used;
	char why[SHIELD_WHY_LEN] = "";

	cr_assert_eq(shield_attach(shield, ATTACH_AUTO, &used, why), 0, "%s", why);
	cr_assert_eq(used, ATTACH_GENERIC, "loopback has no native XDP");
	cr_assert_not_null(strstr(why, "generic mode: "), "%s", why);
	return shield;
}

static struct attachment attachment(void)
{
	struct attachment now;

	cr_assert_eq(shield_attached(DEV, &now), 0);
	return now;
}

static __u32 link_id(void)
{
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	int fd = bpf_obj_get(PINS "/link");

	cr_assert_geq(fd, 0);
	cr_assert_eq(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	close(fd);
	return info.id;
}

static bool egress_is_there(void)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = 1, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = 5060, .priority = 1);

	return !bpf_tc_query(&hook, &opts);
}

Test(store_pins, attach_and_detach)
{
	struct shield *shield = protect();
	struct store *store;
	char name[IF_NAMESIZE];

	cr_expect(attachment().alive && attachment().pinned && !attachment().native);
	cr_expect(egress_is_there());
	/* the agent is not needed any more */
	shield_free(shield);
	cr_expect(attachment().alive);
	cr_assert_eq(store_open(NULL, false, &store, name), 0);
	cr_expect_str_eq(name, DEV);
	store_close(store);
	cr_expect_eq(shield_detach(DEV), 0);
	cr_expect_not(attachment().pinned);
	cr_expect_not(egress_is_there());
	cr_expect_neq(access(STORE_ROOT, F_OK), 0);
	cr_expect_eq(shield_detach(DEV), -ENOENT);
	cr_expect_eq(store_open(NULL, false, &store, NULL), -ENOENT);
}

Test(store_pins, a_restart_takes_over)
{
	struct shield *first = protect(), *second;
	enum attach_mode used;
	char why[SHIELD_WHY_LEN];
	struct addr address;
	struct plan plan;
	struct policy_doc doc;
	struct policy policy;
	struct ban ban;
	__u32 generation, link = link_id(), program = attachment().program;

	policy_defaults(&doc);
	cr_assert_eq(plan_build(&doc, NULL, &plan, NULL), 0);
	cr_assert_eq(store_apply(shield_store(first), &plan, &generation), 0);
	plan_free(&plan);
	policy_free(&doc);
	cr_assert_eq(addr_parse("203.0.113.20", &address), 0);
	cr_assert_eq(store_ban(shield_store(first), &address, 1, 0, 0, "stays"), 0);
	shield_free(first);
	second = load();
	cr_expect_eq(attachment().program, program, "the old program goes on until the update");
	cr_assert_eq(shield_attach(second, ATTACH_AUTO, &used, why), 0, "%s", why);
	cr_expect_neq(attachment().program, program);
	cr_expect(attachment().alive);
	cr_expect_eq(link_id(), link, "the link was updated, not made anew");
	cr_assert_eq(store_policy(shield_store(second), &policy), 0);
	cr_expect_eq(policy.generation, generation);
	cr_assert_eq(store_ban_get(shield_store(second), &address, &ban), 0);
	cr_expect_str_eq(ban.note, "stays");
	shield_free(second);
}

Test(store_pins, the_mode_is_not_changed_in_flight)
{
	struct shield *shield = load();
	enum attach_mode used;
	char why[SHIELD_WHY_LEN];

	cr_expect_lt(shield_attach(shield, ATTACH_NATIVE, &used, why), 0);
	cr_expect_not(attachment().pinned);
	cr_expect_not(egress_is_there(), "nothing is left of what failed");
	cr_assert_eq(shield_attach(shield, ATTACH_GENERIC, &used, why), 0, "%s", why);
	cr_expect_eq(shield_attach(shield, ATTACH_NATIVE, &used, why), -EALREADY);
	cr_expect_not_null(strstr(why, "detach " DEV), "%s", why);
	cr_expect(attachment().alive);
	shield_free(shield);
}

/* What was removed by hand can be had again; the maps are as they were. */
Test(store_pins, emergency_exit)
{
	struct shield *shield = protect();
	enum attach_mode used;
	char why[SHIELD_WHY_LEN];

	cr_assert_eq(unlink(PINS "/link"), 0);
	cr_expect_not(attachment().pinned);
	cr_expect_not(attachment().alive);
	for (int i = 0; i < 100; i++) {
		struct nic nic;

		cr_assert_eq(nic_get(DEV, &nic), 0);
		if (!nic.xdp_program)
			break;
		usleep(10000);
	}
	cr_assert_eq(shield_attach(shield, ATTACH_AUTO, &used, why), 0, "%s", why);
	cr_expect(attachment().alive);
	shield_free(shield);
}

static int pass_program(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 2 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "someone_elses", "GPL", insns, 2, NULL);
}

Test(store_pins, others_are_left_alone)
{
	struct shield *shield = load();
	int program = pass_program();
	enum attach_mode used;
	char why[SHIELD_WHY_LEN];
	struct nic nic;
	__u32 id;

	cr_assert_geq(program, 0);
	cr_assert_eq(bpf_xdp_attach(1, program, XDP_FLAGS_SKB_MODE, NULL), 0);
	cr_assert_eq(nic_get(DEV, &nic), 0);
	id = nic.xdp_program;
	cr_expect_eq(shield_attach(shield, ATTACH_AUTO, &used, why), -EBUSY);
	cr_expect_not_null(strstr(why, "someone_elses"), "%s", why);
	cr_assert_eq(nic_get(DEV, &nic), 0);
	cr_expect_eq(nic.xdp_program, id);
	cr_expect_not(egress_is_there());
	shield_free(shield);
}

Test(store_pins, another_version_is_refused)
{
	struct shield *shield = protect();
	struct control control;
	struct store *store;
	char why[SHIELD_WHY_LEN];
	int fd = bpf_obj_get(PINS "/control");
	__u32 zero = 0;

	cr_assert_eq(store_control(shield_store(shield), &control), 0);
	shield_free(shield);
	control.abi++;
	cr_assert_eq(bpf_map_update_elem(fd, &zero, &control, BPF_ANY), 0);
	close(fd);
	cr_expect_eq(store_open(DEV, false, &store, NULL), -EPROTO);
	cr_expect_eq(shield_load(DEV, &shield, why), -EPROTO);
	cr_expect(attachment().alive, "what runs goes on");
	cr_expect_eq(shield_detach(DEV), 0);
}

Test(store_pins, which_interface)
{
	struct store *store;
	char why[SHIELD_WHY_LEN];
	struct shield *shield = NULL;
	int fd;

	cr_expect_eq(store_open(NULL, false, &store, NULL), -ENOENT);
	cr_expect_eq(shield_load("nosuchdevice0", &shield, why), -ENODEV);
	cr_expect_eq(shield_load("a-name-that-is-too-long-for-one", &shield, why), -ENODEV);
	cr_expect_neq(access(STORE_ROOT, F_OK), 0, "nothing was made for a name that is none");
	shield = load();
	cr_assert_eq(mkdir(STORE_ROOT "/other", 0755), 0);
	fd = bpf_obj_get(PINS "/control");
	cr_assert_eq(bpf_obj_pin(fd, STORE_ROOT "/other/control"), 0);
	close(fd);
	cr_expect_eq(store_open(NULL, false, &store, NULL), -EEXIST);
	cr_assert_eq(store_open(DEV, false, &store, NULL), 0);
	store_close(store);
	cr_expect_eq(store_open("other", false, &store, NULL), -ENOENT);
	shield_free(shield);
}

/* Two stores of one interface, as the agent and the command line have. */
Test(store_pins, changes_are_seen_by_all)
{
	struct shield *shield = load();
	struct policy_doc doc;
	struct plan plan;
	struct store *other;
	struct prefix_rule rule;
	struct addr address;

	cr_assert_eq(addr_parse("203.0.113.20", &address), 0);
	policy_defaults(&doc);
	cr_assert_eq(plan_build(&doc, NULL, &plan, NULL), 0);
	cr_assert_eq(store_open(DEV, true, &other, NULL), 0);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(store_apply(other, &plan, NULL), 0);
		cr_expect_eq(store_prefix(shield_store(shield), &address, &rule), -ENOENT);
		cr_assert_eq(store_allow(other, &address, 128), 0);
		cr_expect_eq(store_prefix(shield_store(shield), &address, &rule), 0);
		cr_expect_eq(store_ban(shield_store(shield), &address, 1, 60, 1, ""), -EPERM);
	}
	plan_free(&plan);
	policy_free(&doc);
	store_close(other);
	shield_free(shield);
}

Test(store_pins, read_only_changes_nothing)
{
	struct shield *shield = load();
	struct store *store;
	struct policy policy;

	cr_assert_eq(store_open(DEV, false, &store, NULL), 0);
	cr_expect_eq(store_policy(store, &policy), 0);
	cr_expect_lt(store_set_replay_clock(store, 1), 0);
	store_close(store);
	shield_free(shield);
}

Test(store_pins, a_bpffs_is_mounted)
{
	cr_assert_eq(mount("none", "/sys/fs/bpf", "tmpfs", 0, NULL), 0);
	shield_free(load());
	cr_expect_eq(access(PINS "/control", F_OK), 0);
}

/* The system gets the group, in the mounts of this test alone. */
static void add_group(void)
{
	static const char line[] = "sipshield:x:4242:\n";
	int there = open("/etc/group", O_RDONLY | O_CREAT, 0644);
	int fd;

	cr_assert_eq(mount("run", "/run", "tmpfs", 0, NULL), 0);
	fd = open("/run/group", O_WRONLY | O_CREAT, 0644);
	cr_assert(fd >= 0 && there >= 0);
	cr_assert_eq(write(fd, line, strlen(line)), (ssize_t)strlen(line));
	cr_assert_eq(mount("/run/group", "/etc/group", NULL, MS_BIND, NULL), 0);
	close(fd);
	close(there);
}

/* As a user of the group without capabilities: reads all, changes nothing. */
static int read_as_group(void)
{
	static struct totals totals;
	struct prefix_rule rule;
	struct addr address;
	struct store *store;

	if (setgroups(0, NULL) || setgid(4242) || setuid(65534))
		return 1;
	if (store_open(NULL, false, &store, NULL) || addr_parse("127.0.0.1", &address))
		return 2;
	if (store_totals(store, &totals) || store_prefix(store, &address, &rule))
		return 3;
	return rule.kind != PREFIX_NEVER_BAN || !store_open(DEV, true, &store, NULL);
}

Test(store_pins, a_group_may_read)
{
	struct policy_prefix_list never_ban;
	struct policy_doc doc;
	struct shield *shield;
	struct plan plan;
	int status;

	add_group();
	shield = load();
	policy_defaults(&doc);
	cr_assert_eq(nic_never_ban(NULL, &never_ban), 0);
	cr_assert_eq(plan_build(&doc, &never_ban, &plan, NULL), 0);
	cr_assert_eq(store_apply(shield_store(shield), &plan, NULL), 0);
	if (!fork())
		_exit(read_as_group());
	cr_assert_gt(wait(&status), 0);
	cr_expect_eq(status, 0, "%d", WEXITSTATUS(status));
	plan_free(&plan);
	policy_free(&doc);
	free(never_ban.item);
	shield_free(shield);
}

Test(store_pins, one_agent)
{
	pid_t other = 0;
	int status;

	cr_assert_eq(mount("run", "/run", "tmpfs", 0, NULL), 0);
	cr_expect_eq(instance_of(DEV), 0);
	cr_assert_eq(instance_take(DEV, &other), 0);
	if (!fork()) {
		int err = instance_take(DEV, &other);

		_exit(err != -EAGAIN || other != getppid() || instance_of(DEV) != getppid());
	}
	cr_assert_gt(wait(&status), 0);
	cr_expect_eq(status, 0);
	instance_leave(DEV);
	cr_expect_eq(instance_of(DEV), 0);
}
