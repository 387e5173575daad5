// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/prog/harness.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <criterion/hooks.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "bpf/narrow.h"
#include "bpf/sketch.h"
#include "bpf/token.h"
#include "user/addr.h"

/*
 * Names, to the processes of the tests, the programs and maps that are loaded: the kernel's ids,
 * in the order of the object file, programs first.
 */
#define IDS_VARIABLE "SIPSHIELD_TEST_IDS"
#define ID_LEN 11

#define XDP_RETURNS_DROP 1
#define XDP_RETURNS_PASS 2
#define EGRESS_RETURNS (-1) /* TC_ACT_UNSPEC */

/* More than any budget needs to fill up, or a sketch to forget, or a standing to end. */
#define BETWEEN_TESTS (3 * HOUR)
/* A day's worth of time before the first test, so that nothing is as old as the clock itself. */
#define CLOCK_START (24 * HOUR)

static const char *const program_name[] = {
	[ENTRY_XDP] = "sipshield_xdp",
	[ENTRY_FRAGS] = "sipshield_frags",
	[ENTRY_EGRESS] = "sipshield_egress",
};

static struct {
	struct bpf_object *object;
	struct store *store;
	int program[COUNT_OF(program_name)];
	__u64 now_ns;
	struct totals totals; /* when the test began */
} prog;

/* --- the process that runs all tests: loads the object, tells its ids -------------------------*/

static const char *object_path(void)
{
	const char *path = getenv("SIPSHIELD_OBJECT");

	return path ? path : "build/shield.bpf.o";
}

/* Where the byte `replay_clock` lies among the constants, or -ENOENT. */
static int find_replay_clock(const struct bpf_object *object)
{
	const struct btf *btf = bpf_object__btf(object);
	const struct btf_var_secinfo *var;
	const struct btf_type *section;
	int id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -ENOENT;

	if (id < 0)
		return id;
	section = btf__type_by_id(btf, id);
	var = btf_var_secinfos(section);
	for (int i = 0; i < btf_vlen(section); i++, var++) {
		const struct btf_type *type = btf__type_by_id(btf, var->type);

		if (!strcmp(btf__name_by_offset(btf, type->name_off), "replay_clock"))
			return (int)var->offset;
	}
	return -ENOENT;
}

/* The clock is what the tests say. The constants are frozen when the object is loaded. */
static int set_replay_clock(const struct bpf_object *object)
{
	struct bpf_map *map = bpf_object__find_map_by_name(object, ".rodata");
	int at = find_replay_clock(object);
	const void *constants;
	__u8 *copy;
	size_t size;
	int err;

	if (at < 0 || !map)
		return -ENOENT;
	constants = bpf_map__initial_value(map, &size);
	copy = malloc(size);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, constants, size);
	copy[at] = 1;
	err = bpf_map__set_initial_value(map, copy, size);
	free(copy);
	return err;
}

static void add_id(char *ids, size_t size, __u32 id)
{
	size_t len = strlen(ids);

	snprintf(ids + len, size - len, "%u ", id);
}

static int tell_ids(struct bpf_object *object)
{
	struct bpf_program *program;
	char ids[64 * ID_LEN] = "";
	struct bpf_map *map;

	bpf_object__for_each_program(program, object) {
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);
		int err = bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &len);

		if (err)
			return err;
		add_id(ids, sizeof(ids), info.id);
	}
	bpf_object__for_each_map(map, object) {
		struct bpf_map_info info = { 0 };
		__u32 len = sizeof(info);
		int err = bpf_obj_get_info_by_fd(bpf_map__fd(map), &info, &len);

		if (err)
			return err;
		add_id(ids, sizeof(ids), info.id);
	}
	return setenv(IDS_VARIABLE, ids, 1) ? -errno : 0;
}

static int init_maps(struct bpf_object *object)
{
	struct store *store;
	int err = store_of_object(object, &store);

	if (err)
		return err;
	err = store_init(store);
	if (!err)
		err = store_set_replay_clock(store, CLOCK_START);
	store_close(store);
	return err;
}

/* The object lives until this process ends. */
ReportHook(PRE_ALL)(struct criterion_test_set *set)
{
	struct bpf_object *object = bpf_object__open(object_path());
	int err = object ? set_replay_clock(object) : -errno;

	(void)set;
	if (!err)
		err = bpf_object__load(object);
	if (!err)
		err = init_maps(object);
	if (!err)
		err = tell_ids(object);
	if (err)
		fprintf(stderr, "cannot load %s: %s\n", object_path(), strerror(-err));
}

/* --- the process of a test --------------------------------------------------------------------*/

static int next_id(char **ids)
{
	unsigned long id = strtoul(*ids, ids, 10);

	cr_assert_neq(id, 0UL, "%s was not loaded", object_path());
	return (int)id;
}

/* The object with the programs and maps that are loaded already. */
static void open_object(void)
{
	char *ids = getenv(IDS_VARIABLE);
	struct bpf_program *program;
	struct bpf_map *map;

	cr_assert_not_null(ids, "%s was not loaded", object_path());
	prog.object = bpf_object__open(object_path());
	cr_assert_not_null(prog.object);
	bpf_object__for_each_program(program, prog.object) {
		int fd = bpf_prog_get_fd_by_id(next_id(&ids));

		cr_assert_geq(fd, 0);
		for (size_t i = 0; i < COUNT_OF(program_name); i++) {
			if (!strcmp(bpf_program__name(program), program_name[i]))
				prog.program[i] = fd;
		}
		bpf_program__set_autoload(program, false);
	}
	bpf_object__for_each_map(map, prog.object) {
		int fd = bpf_map_get_fd_by_id(next_id(&ids));

		cr_assert_geq(fd, 0);
		cr_assert_eq(bpf_map__reuse_fd(map, fd), 0);
		close(fd);
	}
	cr_assert_eq(bpf_object__load(prog.object), 0);
	cr_assert_eq(store_of_object(prog.object, &prog.store), 0);
}

/* Waits until no other test uses the maps; the lock ends with the process. */
#define MESSAGES_OF_A_TEST 65536 /* more than any has */

static void take_maps(void)
{
	int fd = open(object_path(), O_RDONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(flock(fd, LOCK_EX), 0);
}

/* The verdict is read from the CPU that ran the program. */
static void stay_on_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	cr_assert_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}

static int keep_none(const struct addr *key, const struct standing *standing, void *arg)
{
	(void)key, (void)standing, (void)arg;
	return -EEXIST;
}

/* Nothing lasts till then. */
static void forget_sources(void)
{
	struct store_pass pass = { 0 };

	cr_assert_geq(store_expire_bans(prog.store, ~0ULL), 0);
	cr_assert_eq(store_pass_standing(prog.store, &pass, SIZE_MAX, ~0ULL, keep_none, NULL), 0);
}

void prog_start(void)
{
	struct control control;

	open_object();
	take_maps();
	stay_on_cpu();
	cr_assert_eq(store_control(prog.store, &control), 0);
	prog.now_ns = control.replay_now_ns;
	prog_wait(BETWEEN_TESTS);
	message_start(prog.now_ns / BETWEEN_TESTS * MESSAGES_OF_A_TEST);
	forget_sources();
	cr_assert_eq(store_totals(prog.store, &prog.totals), 0);
	prog_narrow(NULL);
	cr_assert_eq(store_set_bypass(prog.store, 0), 0);
	prog_policy("");
	prog_events(NULL, 0);
}

struct store *prog_store(void)
{
	return prog.store;
}

static void checks_off(struct policy_doc *doc)
{
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++) {
		if (reason_is_check(i))
			doc->action[i] = ACTION_OFF;
	}
}

static void apply(const char *yaml, const struct policy_prefix_list *never_ban, bool checked)
{
	struct policy_doc doc;
	struct plan plan;

	cr_assert_eq(policy_parse("policy", yaml, strlen(yaml), &doc, stderr), 0);
	if (!checked)
		checks_off(&doc);
	cr_assert_eq(plan_build(&doc, never_ban, &plan, NULL), 0);
	cr_assert_eq(store_apply(prog.store, &plan, NULL), 0);
	plan_free(&plan);
	policy_free(&doc);
}

void prog_policy(const char *yaml)
{
	apply(yaml, NULL, false);
}

void prog_policy_checked(const char *yaml)
{
	apply(yaml, NULL, true);
}

void prog_policy_never_ban(const char *yaml, const char *prefix)
{
	struct policy_prefix item = { 0 };
	struct policy_prefix_list list = { .item = &item, .count = 1 };

	cr_assert_eq(prefix_parse(prefix, &item.address, &item.length), 0);
	apply(yaml, &list, false);
}

__u64 prog_now(void)
{
	return prog.now_ns;
}

void prog_wait(__u64 ns)
{
	prog.now_ns += ns;
	cr_assert_eq(store_set_replay_clock(prog.store, prog.now_ns), 0);
}

/* --- frames -----------------------------------------------------------------------------------*/

static int test_run(enum prog_entry entry, const struct frame *frame, int *returned)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->data, .data_size_in = frame->len);
	int err = bpf_prog_test_run_opts(prog.program[entry], &opts);

	*returned = (int)opts.retval;
	return err;
}

int prog_run(enum prog_entry entry, const struct frame *frame, struct verdict_record *out)
{
	int returned;
	int err = test_run(entry, frame, &returned);

	if (err == -EINVAL)
		return err;
	cr_assert_eq(err, 0, "the program cannot be run: %s", strerror(-err));
	cr_assert_eq(store_last(prog.store, out), 0);
	cr_assert_eq(out->dropped, out->reason >= REASON_DROP_FIRST);
	if (entry == ENTRY_EGRESS)
		cr_assert_eq(returned, EGRESS_RETURNS);
	else
		cr_assert_eq(returned, out->dropped ? XDP_RETURNS_DROP : XDP_RETURNS_PASS);
	return 0;
}

static struct verdict_record run_spec(enum prog_entry entry, const struct frame_spec *spec)
{
	struct verdict_record record = { 0 };
	struct frame frame;

	frame_build(spec, &frame);
	cr_assert_eq(prog_run(entry, &frame, &record), 0, "the kernel refuses the frame");
	return record;
}

struct verdict_record prog_in(const struct frame_spec *spec)
{
	return run_spec(ENTRY_XDP, spec);
}

struct verdict_record prog_out(const struct frame_spec *spec)
{
	return run_spec(ENTRY_EGRESS, spec);
}

void prog_repeat(const struct frame *frame, unsigned int times)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->data, .data_size_in = frame->len,
		    .repeat = (int)times);

	if (bpf_prog_test_run_opts(prog.program[ENTRY_XDP], &opts))
		abort();
}

unsigned int prog_admitted(unsigned int n, const struct frame_spec *from, const char *method)
{
	struct frame_spec spec = *from;
	unsigned int admitted = 0;

	while (n--) {
		spec.payload = MESSAGE(.method = method);
		admitted += !prog_in(&spec).dropped;
	}
	return admitted;
}

static void run_case(const struct prog_case *c, enum prog_entry entry)
{
	struct verdict_record got;

	prog_wait(BETWEEN_TESTS);
	got = run_spec(entry, &c->frame);
	cr_expect(got.reason == c->reason && got.method == c->method && got.standing == c->standing,
		  "%s (%s): expected %s, method %s, standing %s; got %s, method %s, standing %s",
		  c->name, program_name[entry], reason_name(c->reason), method_name(c->method),
		  standing_name(c->standing), reason_name(got.reason), method_name(got.method),
		  standing_name(got.standing));
}

void prog_cases(const struct prog_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (cases[i].policy)
			prog_policy(cases[i].policy);
		run_case(&cases[i], cases[i].entry);
		if (cases[i].entry == ENTRY_XDP)
			run_case(&cases[i], ENTRY_FRAGS);
	}
}

/* --- what the maps say ------------------------------------------------------------------------*/

static __u64 count_all(const struct totals *totals, enum reason reason)
{
	__u64 packets = 0;

	for (int method = 0; method < SIP_METHOD_MAX; method++) {
		for (int standing = 0; standing < STANDING_MAX; standing++)
			packets += totals->by[reason][method][standing].packets;
	}
	return packets;
}

__u64 prog_count(enum reason reason)
{
	struct totals totals;

	cr_assert_eq(store_totals(prog.store, &totals), 0);
	return count_all(&totals, reason) - count_all(&prog.totals, reason);
}

__u64 prog_shadow_count(enum reason reason)
{
	struct totals totals;

	cr_assert_eq(store_totals(prog.store, &totals), 0);
	return totals.shadow[reason].packets - prog.totals.shadow[reason].packets;
}

static struct addr address_of(const char *text)
{
	struct addr address;

	cr_assert_eq(addr_parse(text, &address), 0, "%s is no address", text);
	return address;
}

static struct addr key_of(const char *text)
{
	struct addr address = address_of(text);
	struct addr key;

	cr_assert_eq(store_key(prog.store, &address, &key), 0);
	return key;
}

static void set_hint(const struct addr *key, __u64 bits)
{
	int fd = bpf_object__find_map_fd_by_name(prog.object, "hints");
	static __u64 words[HINT_WORDS];
	struct control control;
	__u32 zero = 0;
	__u64 hash;

	cr_assert_eq(store_control(prog.store, &control), 0);
	hash = addr_hash(control.hash_key, key);
	cr_assert_eq(bpf_map_lookup_elem(fd, &zero, words), 0);
	words[hint_word(hash)] |= bits << hint_shift(hash);
	cr_assert_eq(bpf_map_update_elem(fd, &zero, words, BPF_ANY), 0);
}

/* Marks a port of a source as one that somebody registered behind. */
static void set_flow(const struct addr *key, __u16 port, __u8 protocol)
{
	int fd = bpf_object__find_map_fd_by_name(prog.object, "flows");
	struct control control;
	__u64 hash, cell;
	__u32 i;

	cr_assert_eq(store_control(prog.store, &control), 0);
	hash = flow_hash(addr_hash(control.hash_key, key), htons(port), protocol);
	cell = flow_cell(hash, prog.now_ns);
	i = flow_index(hash);
	cr_assert_eq(bpf_map_update_elem(fd, &i, &cell, BPF_ANY), 0);
}

void prog_set_standing(const char *src, enum standing_state state, __u64 expires_ns)
{
	struct standing standing = {
		.since_ns = prog.now_ns,
		.expires_ns = expires_ns,
		.proven_ns = prog.now_ns,
		.proofs = 1,
		.why = WHY_NONCE,
	};
	int fd = bpf_object__find_map_fd_by_name(prog.object, "standing");
	struct addr key = key_of(src);

	if (state == STANDING_TRUSTED) {
		set_flow(&key, 5060, IPPROTO_UDP);
		set_flow(&key, 5060, IPPROTO_TCP);
		standing.trusted_ns = prog.now_ns;
		standing.trusted_until_ns = expires_ns;
		standing.trusted_why = WHY_2XX_REGISTER;
	}
	cr_assert_eq(bpf_map_update_elem(fd, &key, &standing, BPF_ANY), 0);
	set_hint(&key, HINT_STANDING);
}

void prog_put_standing(const char *src, const struct standing *standing)
{
	int fd = bpf_object__find_map_fd_by_name(prog.object, "standing");
	struct addr key = key_of(src);

	cr_assert_eq(bpf_map_update_elem(fd, &key, standing, BPF_ANY), 0);
	set_hint(&key, HINT_STANDING);
}

int prog_standing(const char *src, struct standing *out)
{
	struct addr key = key_of(src);

	return store_standing_get(prog.store, &key, out);
}

void prog_narrow(const char *src)
{
	__u64 word[NARROW_WORDS] = { 0 };
	struct control control;
	struct addr address;
	__u64 hash;

	cr_assert_eq(store_control(prog.store, &control), 0);
	if (src) {
		address = address_of(src);
		hash = narrow_hash(control.hash_key, &address);
		word[narrow_word(hash)] |= narrow_bit(hash);
	}
	cr_assert_eq(store_set_narrow(prog.store, word), 0);
}

void prog_ban(const char *src, __u64 ttl_seconds)
{
	struct addr address = address_of(src);

	cr_assert_eq(store_ban(prog.store, &address, prog.now_ns, ttl_seconds, 1, "test"), 0);
}

/* --- events -----------------------------------------------------------------------------------*/

struct event_list {
	struct event *out;
	size_t room;
	size_t count;
};

static int keep_event(void *arg, void *data, size_t size)
{
	struct event_list *list = arg;

	cr_assert_eq(size, sizeof(struct event));
	if (list->count < list->room)
		memcpy(&list->out[list->count], data, sizeof(struct event));
	list->count++;
	return 0;
}

size_t prog_events(struct event *out, size_t n)
{
	struct event_list list = { .out = out, .room = n };
	struct ring_buffer *ring;

	ring = ring_buffer__new(store_events_fd(prog.store), keep_event, &list, NULL);
	cr_assert_not_null(ring);
	cr_assert_geq(ring_buffer__consume(ring), 0);
	ring_buffer__free(ring);
	return list.count;
}
