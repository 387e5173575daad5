// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Programs onto an interface and off it. The ingress program hangs on a pinned bpf_link, the
 * egress program on clsact: both go on without the agent.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/nic.h"
#include "user/shield.h"

/* Where our egress filter is found again among others. */
#define EGRESS_HANDLE 5060
#define EGRESS_PRIORITY 1

#define PIN_LINK "link"
#define PIN_INGRESS "ingress"
#define PIN_EGRESS "egress"

static void fd_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define cleanup_fd __attribute__((cleanup(fd_close)))

static const char *mode_name(bool native)
{
	return native ? "native" : "generic";
}

static int pin_open(const char *dir, const char *name)
{
	char path[SHIELD_PATH_LEN + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return bpf_obj_get(path);
}

/* Pins in the place of what is pinned there, without a moment in which nothing is. */
static int pin_replace(const char *dir, const char *name, int fd)
{
	char path[SHIELD_PATH_LEN + 32], fresh[SHIELD_PATH_LEN + 40];
	int err;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(fresh, sizeof(fresh), "%s_new", path);
	unlink(fresh);
	err = bpf_obj_pin(fd, fresh);
	if (!err && rename(fresh, path))
		err = -errno;
	return err;
}

static int link_info(int link, struct bpf_link_info *info)
{
	__u32 len = sizeof(*info);

	memset(info, 0, sizeof(*info));
	return bpf_obj_get_info_by_fd(link, info, &len);
}

/*
 * Only who may write to a link may open it, and could detach it then. The program behind it can be
 * read, too, and tells as much to all others.
 */
static int read_program(const char *dir, struct bpf_link_info *info)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = BPF_F_RDONLY);
	struct bpf_prog_info program = { 0 };
	__u32 len = sizeof(program);
	char path[SHIELD_PATH_LEN + 32];
	cleanup_fd int fd = -1;
	int err;

	snprintf(path, sizeof(path), "%s/" PIN_INGRESS, dir);
	fd = bpf_obj_get_opts(path, &opts);
	err = fd < 0 ? fd : bpf_obj_get_info_by_fd(fd, &program, &len);
	if (err)
		return err;
	memset(info, 0, sizeof(*info));
	info->prog_id = program.id;
	return 0;
}

int shield_attached(const char *dev, struct attachment *out)
{
	char dir[SHIELD_PATH_LEN];
	struct attachment attachment = { 0 };
	struct bpf_link_info info;
	struct nic nic;
	cleanup_fd int link = -1;
	int err;

	if (!store_is_dev(dev))
		return -ENODEV;
	snprintf(dir, sizeof(dir), STORE_ROOT "/%s", dev);
	link = pin_open(dir, PIN_LINK);
	if (link == -ENOENT) {
		*out = attachment;
		return 0;
	}
	if (link == -EACCES)
		err = read_program(dir, &info);
	else
		err = link < 0 ? link : link_info(link, &info);
	if (err)
		return err;
	attachment.pinned = true;
	attachment.program = info.prog_id;
	err = nic_get(dev, &nic);
	if (err && err != -ENODEV)
		return err;
	/* A link outlives its interface, and the name may be another interface's by now. */
	attachment.alive = !err && nic.xdp_program == info.prog_id &&
			   (link < 0 || info.xdp.ifindex == nic.ifindex);
	attachment.native = attachment.alive && nic.xdp_native;
	*out = attachment;
	return 0;
}

/* Puts the program of this load behind a link that is in force. */
static int link_take_over(const struct shield *shield, bool native, enum attach_mode mode,
			  enum attach_mode *used, char *why)
{
	cleanup_fd int link = pin_open(shield->dir, PIN_LINK);
	int fd = shield_ingress_fd(shield);
	int err;

	if (link < 0)
		return shield_say(link, why, "cannot open %s/" PIN_LINK ": %s", shield->dir,
				  strerror(-link));
	if (mode != ATTACH_AUTO && (mode == ATTACH_NATIVE) != native)
		return shield_say(-EALREADY, why,
				  "%s is protected in %s mode, and changing the mode "
				  "leaves a gap; to do it, run `sipshield detach %s' first",
				  shield->dev, mode_name(native), shield->dev);
	err = bpf_link_update(link, fd, NULL);
	if (err) {
		/* Frames larger than a page need the other program. */
		fd = shield_frags_fd(shield);
		err = bpf_link_update(link, fd, NULL);
	}
	if (err)
		return shield_say(err, why,
				  "cannot replace the program on %s: %s; the old one goes "
				  "on",
				  shield->dev, strerror(-err));
	*used = native ? ATTACH_NATIVE : ATTACH_GENERIC;
	shield_say(0, why, "%s mode, taken over without a gap", mode_name(native));
	return pin_replace(shield->dir, PIN_INGRESS, fd);
}

static int link_create(const struct nic *nic, int program, __u32 flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);

	return bpf_link_create(program, nic->ifindex, BPF_XDP, &opts);
}

/* A refused native attach in words; the kernel's own are not to be had through a link. */
static int explain_native(const struct shield *shield, const struct nic *nic, int err, char *why)
{
	const char *driver = *nic->driver ? nic->driver : "this driver";

	if (nic->mtu > 1500)
		return shield_say(err, why,
				  "%s refuses native XDP at MTU %u (%s); a smaller one may "
				  "do: ip link set %s mtu 1500",
				  driver, nic->mtu, strerror(-err), shield->dev);
	return shield_say(err, why, "%s has no native XDP here (%s)", driver, strerror(-err));
}

static int attach_native(const struct shield *shield, const struct nic *nic, int *fd, char *why)
{
	int link;

	*fd = shield_ingress_fd(shield);
	link = link_create(nic, *fd, XDP_FLAGS_DRV_MODE);
	if (link >= 0) {
		shield_say(0, why, "native mode: %s runs the program itself", nic->driver);
		return link;
	}
	*fd = shield_frags_fd(shield);
	link = link_create(nic, *fd, XDP_FLAGS_DRV_MODE);
	if (link >= 0) {
		shield_say(0, why, "native mode, with frames in several parts (MTU %u)", nic->mtu);
		return link;
	}
	return explain_native(shield, nic, link, why);
}

static int attach_generic(const struct shield *shield, const struct nic *nic, int *fd, char *why)
{
	int link;

	*fd = shield_ingress_fd(shield);
	link = link_create(nic, *fd, XDP_FLAGS_SKB_MODE);
	if (link < 0)
		return shield_say(link, why, "cannot attach to %s in generic mode: %s", shield->dev,
				  strerror(-link));
	return link;
}

/* A link where there is none: native if it can be had, else generic if that will do. */
static int link_make(const struct shield *shield, const struct nic *nic, enum attach_mode mode,
		     enum attach_mode *used, int *fd, char *why)
{
	char refused[SHIELD_WHY_LEN] = "it was asked for";
	int link = -EOPNOTSUPP;

	*used = ATTACH_NATIVE;
	if (mode != ATTACH_GENERIC)
		link = attach_native(shield, nic, fd, why);
	if (link >= 0 || link == -EBUSY || link == -EPERM || mode == ATTACH_NATIVE)
		return link;
	if (mode == ATTACH_AUTO)
		snprintf(refused, sizeof(refused), "%s", why);
	link = attach_generic(shield, nic, fd, why);
	if (link < 0)
		return link;
	*used = ATTACH_GENERIC;
	shield_say(0, why, "generic mode: %.400s; packets cost more than in native mode", refused);
	return link;
}

/* Whose program holds the hook, so that people know what to stop. */
static int explain_busy(const struct shield *shield, const struct nic *nic, char *why)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	cleanup_fd int program = bpf_prog_get_fd_by_id(nic->xdp_program);

	if (program >= 0)
		bpf_obj_get_info_by_fd(program, &info, &len);
	return shield_say(-EBUSY, why,
			  "another XDP program is on %s: id %u%s%s, %s mode. It was left "
			  "alone. `bpftool net list dev %s' shows it; stop its owner, or remove it "
			  "by `ip link set dev %s xdp off'",
			  shield->dev, nic->xdp_program, *info.name ? ", " : "", info.name,
			  mode_name(nic->xdp_native), shield->dev, shield->dev);
}

static int link_first(const struct shield *shield, const struct nic *nic, enum attach_mode mode,
		      enum attach_mode *used, char *why)
{
	cleanup_fd int link = -1;
	int fd = -1;
	int err;

	if (nic->xdp_program)
		return explain_busy(shield, nic, why);
	link = link_make(shield, nic, mode, used, &fd, why);
	err = link < 0 ? link : pin_replace(shield->dir, PIN_INGRESS, fd);
	if (!err)
		err = pin_replace(shield->dir, PIN_LINK, link);
	return err;
}

/* The filter is replaced in place where an earlier one is; the qdisc may be someone else's. */
static int egress_attach(const struct shield *shield, const struct nic *nic, char *why)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)nic->ifindex, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = EGRESS_HANDLE, .priority = EGRESS_PRIORITY,
		    .prog_fd = shield_egress_fd(shield), .flags = BPF_TC_F_REPLACE);
	libbpf_print_fn_t previous = libbpf_set_print(NULL);
	int err = bpf_tc_hook_create(&hook);

	if (!err || err == -EEXIST)
		err = bpf_tc_attach(&hook, &opts);
	libbpf_set_print(previous);
	if (err)
		return shield_say(
			err, why,
			"cannot attach the egress program to %s by clsact: %s; "
			"`tc filter show dev %s egress' shows what is there (priority %d)",
			shield->dev, strerror(-err), shield->dev, EGRESS_PRIORITY);
	return pin_replace(shield->dir, PIN_EGRESS, opts.prog_fd);
}

static int egress_detach(const char *dev)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)if_nametoindex(dev),
		    .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts, .handle = EGRESS_HANDLE, .priority = EGRESS_PRIORITY);
	libbpf_print_fn_t previous = libbpf_set_print(NULL);
	int err = hook.ifindex ? bpf_tc_detach(&hook, &opts) : 0;

	libbpf_set_print(previous);
	if (err && err != -ENOENT && err != -EINVAL)
		return err;
	return hook.ifindex ? nic_clsact_remove(hook.ifindex) : 0;
}

int shield_attach(struct shield *shield, enum attach_mode mode, enum attach_mode *used, char *why)
{
	enum attach_mode became = mode;
	struct attachment now;
	struct nic nic;
	int err = nic_get(shield->dev, &nic);

	if (!err)
		err = shield_attached(shield->dev, &now);
	if (err)
		return shield_say(err, why, "cannot read the state of %s: %s", shield->dev,
				  strerror(-err));
	/* Sources are learned from the first answer on, before anything is judged. */
	err = egress_attach(shield, &nic, why);
	if (err)
		return err;
	if (now.alive)
		err = link_take_over(shield, now.native, mode, &became, why);
	else
		err = link_first(shield, &nic, mode, &became, why);
	if (err && !now.alive)
		egress_detach(shield->dev);
	if (!err)
		err = shield_share_pins(shield->dir, why);
	if (!err)
		*used = became;
	return err;
}

int shield_detach(const char *dev)
{
	char dir[SHIELD_PATH_LEN];
	cleanup_fd int link = -1;
	struct dirent *entry;
	DIR *pins;
	int err;

	if (!store_is_dev(dev))
		return -ENOENT;
	snprintf(dir, sizeof(dir), STORE_ROOT "/%s", dev);
	pins = opendir(dir);
	if (!pins)
		return -errno;
	/* The link first: from then on nothing is dropped, whatever fails later. */
	link = pin_open(dir, PIN_LINK);
	if (link >= 0)
		bpf_link_detach(link); /* at once; without the pin the kernel takes its time */
	err = egress_detach(dev);
	while (!err && (entry = readdir(pins))) {
		if (entry->d_name[0] != '.' && unlinkat(dirfd(pins), entry->d_name, 0))
			err = -errno;
	}
	closedir(pins);
	if (!err && rmdir(dir))
		err = -errno;
	rmdir(STORE_ROOT); /* stays as long as another interface has pins */
	return err;
}
