# SPDX-License-Identifier: GPL-2.0-or-later
#
# One Makefile, not recursive; `make help` lists the targets.
#
# Nothing that a package brings is asked for while this file is read: on a fresh machine the first
# thing a target does is tools/deps. DEPS=true skips it where packages come from elsewhere.

BUILD ?= build
DEPS ?= tools/deps
CLANG ?= clang-19
LLVM_STRIP ?= llvm-strip-19
DESTDIR ?=
PREFIX ?= /usr
UNITDIR ?= $(PREFIX)/lib/systemd/system
FUZZ_SECONDS ?= 40
DIFF_SECONDS ?= 40
TIERS ?= lint vm unit prog fuzz lab

# The one place where it stands.
VERSION := $(shell sed -n '1s/.*(\(.*\)).*/\1/p' packaging/debian/changelog)
MULTIARCH := $(shell uname -m)-linux-gnu

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --jobs=$(shell nproc)

# --- sources ---------------------------------------------------------------------------------

USER_C := $(wildcard user/*.c)
# What makes system calls; all else is compiled again with the sanitizers for unit tests and fuzzers.
SYSTEM_C := $(wildcard user/main.c user/cmd*.c user/loader*.c user/store*.c user/events*.c \
	user/nic*.c user/state*.c user/agent*.c user/web*.c user/host*.c user/doctor_probe*.c)
PURE_C := $(filter-out $(SYSTEM_C),$(USER_C))
UNIT_C := $(wildcard tests/unit/*.c)
PROG_C := $(wildcard tests/prog/*.c)
FUZZ_C := $(wildcard tests/fuzz/fuzz_*.c)
REF_C := $(wildcard tests/fuzz/ref_*.c)
DIFF_C := $(wildcard tests/fuzz/diff_*.c)
PARITY_C := $(wildcard tests/parity/*.c)
TOOL_C := $(wildcard tools/*.c)
# The dashboard's files, which are in the binary; the library for charts comes from a package.
CHART_JS := /usr/share/javascript/chart.js/chart.min.js
ASSETS := $(wildcard user/web/*) $(CHART_JS)

USER_O := $(USER_C:%.c=$(BUILD)/%.o) $(BUILD)/user/object.o $(BUILD)/gen/assets.o
PROG_O := $(PROG_C:%.c=$(BUILD)/%.o)
DIFF_O := $(patsubst %.c,$(BUILD)/%.o,$(DIFF_C) $(REF_C))
PARITY_O := $(PARITY_C:%.c=$(BUILD)/%.o)
TOOL_O := $(TOOL_C:%.c=$(BUILD)/%.o)
UNIT_O := $(UNIT_C:%.c=$(BUILD)/unit/%.o)
UNIT_PURE_O := $(PURE_C:%.c=$(BUILD)/unit/%.o)
FUZZ_O := $(FUZZ_C:%.c=$(BUILD)/fuzz/%.o)
FUZZ_PURE_O := $(patsubst %.c,$(BUILD)/fuzz/%.o,$(REF_C) $(PURE_C))
FUZZERS := $(FUZZ_C:tests/fuzz/%.c=$(BUILD)/%)
TOOLS := $(TOOL_C:%.c=$(BUILD)/%)

OBJECT := $(BUILD)/shield.bpf.o
# Not shipped: it proves that Debian's default compiler makes a program that kernels accept too.
OBJECT_CLANG14 := $(BUILD)/shield.clang14.bpf.o
# The packet path with what the benchmark adds.
OBJECT_BENCH := $(BUILD)/bench.bpf.o

# --- flags -----------------------------------------------------------------------------------

PACKAGES := libbpf yaml-0.1 jansson libmicrohttpd libsystemd libnl-3.0 libnl-route-3.0 \
	libcap-ng libseccomp libgcrypt ncursesw
PACKAGE_CFLAGS = $(shell pkg-config --cflags $(PACKAGES))
PACKAGE_LIBS = -Wl,--as-needed $(shell pkg-config --libs $(PACKAGES))
# The strict ones hold for every compiler and every file.
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wundef -Wvla -Wpointer-arith
C_WARNINGS := $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes
CPPFLAGS += -I. -D_GNU_SOURCE= -DSIPSHIELD_VERSION='"$(VERSION)"'
DEPFILE = -MMD -MP -MF $(@:.o=.d)
HARDENING := -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fPIE
C_FLAGS := -std=gnu11 -g -O2 $(C_WARNINGS) $(HARDENING) $(CFLAGS)
LD_FLAGS := -pie -Wl,-z,relro,-z,now,-z,noexecstack $(LDFLAGS)
SANITIZE := -std=gnu11 -g -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
FUZZ_FLAGS := $(SANITIZE) -fsanitize=fuzzer-no-link -Wall -Wextra -Werror

# The programs touch packets and their own maps alone: the uapi headers are all that they need, and
# no structure of one kernel is compiled in.
BPF_FLAGS := -target bpf -mcpu=v3 -std=gnu11 -O2 -g -I. -I$(BUILD)/gen \
	-idirafter /usr/include/$(MULTIARCH) -Wall -Wextra -Werror

# One word and the file a line; V=1 shows the commands.
Q := $(if $(V),,@)
say = @mkdir -p $(@D)$(if $(V),,; echo '$(1)	$@')

# --- what people call ------------------------------------------------------------------------

.PHONY: all run test check bench lint fuzz tools deps man install deb clean help

all: $(BUILD)/sipshield

# With DEV=eth0 protects that interface, without it shows the lab.
ifeq ($(DEV),)
run: all tools deps-lab
	BUILD=$(BUILD) tools/lab run
else
run: all
	$(BUILD)/sipshield run $(DEV) $(if $(POLICY),--policy $(POLICY))
endif

RUN_TIERS = BUILD=$(BUILD) DEPS=$(DEPS) FUZZ_SECONDS=$(FUZZ_SECONDS) \
	DIFF_SECONDS=$(DIFF_SECONDS) tools/test
NEEDS_lint := deps-build $(BUILD)/gen/checks.h
NEEDS_unit := $(BUILD)/test-unit
NEEDS_fuzz := $(FUZZERS) $(BUILD)/diff-shield $(OBJECT) $(OBJECT_CLANG14)
NEEDS_prog := $(BUILD)/test-prog $(OBJECT) $(OBJECT_CLANG14) $(BUILD)/tools/verifier-cost
NEEDS_lab := $(BUILD)/sipshield $(BUILD)/parity $(TOOLS) $(OBJECT_BENCH)
NEEDS_vm := $(NEEDS_prog) $(BUILD)/sipshield

test: $(foreach tier,$(TIERS),$(NEEDS_$(tier)))
	@$(RUN_TIERS) $(TIERS)

check: all $(NEEDS_lint) $(NEEDS_unit) $(NEEDS_fuzz)
	@$(RUN_TIERS) lint unit fuzz

lint: $(NEEDS_lint)
	@$(RUN_TIERS) lint

fuzz: $(NEEDS_fuzz)
	@$(RUN_TIERS) fuzz

bench: all tools $(OBJECT_BENCH) deps-bench
	BUILD=$(BUILD) tools/bench

tools: $(TOOLS)

deps: deps-build deps-test deps-lab deps-lint deps-vm deps-bench

# put(directory, files): nothing where there is no such file
put = $(if $(2),install -D -m 644 -t $(DESTDIR)$(1) $(2))
# put_as(path, file)
put_as = $(if $(wildcard $(2)),install -D -m 644 $(2) $(DESTDIR)$(1))
UNITS := $(wildcard packaging/systemd/*.service)
MAN := $(patsubst docs/man/%.scd,$(BUILD)/man/%,$(wildcard docs/man/*.scd))
MAN_SECTIONS := $(sort $(subst .,,$(suffix $(MAN))))
SHARE := $(PREFIX)/share/sipshield

# The commands stand in the binary alone.
$(BUILD)/man/sipshield.8: docs/man/sipshield.8.scd $(BUILD)/sipshield | deps-deb
	$(call say,MAN)
	$(Q)$(BUILD)/sipshield manual > $@.verbs
	$(Q)sed -e '/^@VERBS@$$/{r $@.verbs' -e 'd}' $< | scdoc > $@

$(BUILD)/man/%: docs/man/%.scd | deps-deb
	$(call say,MAN)
	$(Q)scdoc < $< > $@

man: $(MAN)

install: all $(MAN)
	install -D -m 755 $(BUILD)/sipshield $(DESTDIR)$(PREFIX)/sbin/sipshield
	$(call put,$(UNITDIR),$(UNITS))
	sed -i -E 's,/usr/(sbin|lib)/sipshield,$(PREFIX)/\1/sipshield,' $(UNITS:packaging/systemd/%=$(DESTDIR)$(UNITDIR)/%)
	$(call put_as,$(PREFIX)/lib/sysusers.d/sipshield.conf,packaging/systemd/sysusers.conf)
	$(call put,$(PREFIX)/lib/sipshield,packaging/systemd/tmpfiles.conf)
	$(call put,$(PREFIX)/lib/systemd/catalog,$(wildcard packaging/*.catalog))
	$(call put,$(SHARE),$(wildcard packaging/*.yaml))
	$(call put,$(SHARE)/grafana,$(wildcard packaging/grafana/*.json))
	$(call put,$(SHARE)/prometheus,$(wildcard packaging/prometheus/*.yml packaging/prometheus/*.yaml))
	$(foreach n,$(MAN_SECTIONS),$(call put,$(PREFIX)/share/man/man$(n),$(filter %.$(n),$(MAN)));)
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	$(BUILD)/sipshield completion bash \
		> $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sipshield
	$(call put,/etc/fail2ban/action.d,$(wildcard packaging/fail2ban/*.conf))
	$(call put,$(PREFIX)/share/doc/sipshield,README.md $(wildcard docs/*.md))

# debian/ has to lie on top of what is packed. The binary is the one that `make` and the tests have.
DEB_TREE := $(BUILD)/deb/sipshield-$(VERSION)
deb: all $(MAN) deps-deb
	rm -rf $(BUILD)/deb
	mkdir -p $(DEB_TREE)
	tar -c --exclude=./.git --exclude='./build*' --exclude=./$(BUILD) . | tar -x -C $(DEB_TREE)
	cp -r packaging/debian $(DEB_TREE)/debian
	sed -i "s/@BUILD_DEPENDS@/$$(tools/deps --names build deb | sed 's/ /, /g')/" $(DEB_TREE)/debian/control
	cd $(DEB_TREE) && BUILD=$(abspath $(BUILD)) DEB_BUILD_OPTIONS=noautodbgsym \
		dpkg-buildpackage --unsigned-source --unsigned-changes --build=binary --no-check-builddeps
	lintian --allow-root --fail-on error,warning $(BUILD)/deb/*.changes
	@ls $(BUILD)/deb/*.deb

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^#H //p' Makefile

#H make              build/sipshield, one binary with the BPF object inside
#H make run          a lab in network namespaces: real calls and real attacks, with and without
#H make run DEV=eth0 [POLICY=FILE]    protects that interface
#H make test         every tier that this machine can run (root); TIERS="unit prog" for some
#H make check        the tiers that need no root: lint, unit, fuzz
#H make lint         style, static analysis and the rules of the house
#H make fuzz         every fuzzer in turn, FUZZ_SECONDS=40 in all, and as root the programs in the
#H                   kernel against two other readers of the same frames, DIFF_SECONDS=40
#H make bench        cost per packet and packets a second, beside their references
#H make deps         installs the Debian packages that any target needs (root)
#H make man          the manual pages, build/man/*
#H make install      DESTDIR= PREFIX=/usr
#H make deb          build/deb/sipshield_VERSION_amd64.deb; `apt install` it, nothing starts by itself
#H make clean
#H
#H BUILD=DIR builds elsewhere. CLANG=clang-14 LLVM_STRIP=llvm-strip-14 takes another BPF compiler.
#H
#H A new test is a new file; nothing is registered:
#H   tests/unit/NAME.c       criterion (#include <criterion/criterion.h>, Test(NAME, case) {}), no
#H                           main(); runs under ASan and UBSan with user/ code that makes no
#H                           system call, and with bpf/ headers compiled for the host
#H   tests/prog/NAME.c       criterion too, through BPF_PROG_TEST_RUN as root; the object's path is
#H                           in $SIPSHIELD_OBJECT; links any user/ code but main.c
#H   tests/fuzz/fuzz_NAME.c  libFuzzer, linked with tests/fuzz/ref_*.c; seeds in
#H                           tests/fuzz/corpus/NAME/
#H   tests/fuzz/ref_*.c      the slow references, for the fuzzers and for build/diff-shield, which
#H                           is tests/fuzz/diff_*.c; build/diff-shield --seed N --packets N
#H   tests/scenarios/NAME.pcap.gz, NAME.expect, NAME.yaml (a policy, may be missing)
#H                           replayed by tests/prog/scenarios.c, which tells the form of NAME.expect;
#H                           tests/scenarios/record plays and records the scenes of the lab
#H   tests/lab/NAME.sh       prints "ok NAME", "not ok NAME: why", "skip NAME: why"
#H   tests/lint/NAME         takes files, prints FILE:LINE: what; tests/lint/bad/NAME* must fail it

DEP_GROUPS := build test lab lint vm bench deb
.PHONY: $(DEP_GROUPS:%=deps-%)
$(DEP_GROUPS:%=deps-%): deps-%:
	@$(DEPS) $*

# --- the BPF object --------------------------------------------------------------------------

# A check is a line in maps/checks.def and a file in bpf/checks/; nothing else names it.
CHECKS_H := $(wildcard bpf/checks/*.h)
$(BUILD)/gen/checks.h: $(CHECKS_H) bpf/checks
	$(call say,GEN)
	$(Q)printf '#include "%s"\n' $(CHECKS_H) > $@

# compile_bpf(compiler, strip)
define compile_bpf
$(call say,BPF)
$(Q)$(1) $(BPF_FLAGS) $(DEPFILE) -c $< -o $@
$(Q)$(2) -g $@
endef

$(OBJECT): bpf/shield.bpf.c $(BUILD)/gen/checks.h | deps-build
	$(call compile_bpf,$(CLANG),$(LLVM_STRIP))

$(OBJECT_CLANG14): bpf/shield.bpf.c $(BUILD)/gen/checks.h | deps-test
	$(call compile_bpf,clang-14,llvm-strip-14)

$(OBJECT_BENCH): tests/bench/bench.bpf.c $(BUILD)/gen/checks.h | deps-build
	$(call compile_bpf,$(CLANG),$(LLVM_STRIP))

# --- the binary and the tools ----------------------------------------------------------------

$(BUILD)/user/object.o: user/object.S $(OBJECT) packaging/drivers.yaml | deps-build
	$(call say,CC)
	$(Q)$(CC) -DSHIELD_OBJECT='"$(OBJECT)"' -c $< -o $@

$(CHART_JS): | deps-build ;
$(BUILD)/gen/assets.s: tools/embed $(ASSETS) user/web
	$(call say,GEN)
	$(Q)tools/embed $(ASSETS) > $@

$(BUILD)/gen/assets.o: $(BUILD)/gen/assets.s
	$(call say,CC)
	$(Q)$(CC) -c $< -o $@

$(BUILD)/%.o: %.c | deps-build
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(C_FLAGS) $(PACKAGE_CFLAGS) $(DEPFILE) -c $< -o $@

# Everything but main(), for programs that take from it what they call.
$(BUILD)/sipshield.a: $(filter-out $(BUILD)/user/main.o,$(USER_O))
$(BUILD)/unit/pure.a: $(UNIT_PURE_O) $(BUILD)/gen/assets.o
$(BUILD)/fuzz/pure.a: $(FUZZ_PURE_O) $(BUILD)/gen/assets.o
$(BUILD)/%.a:
	$(call say,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/sipshield: $(BUILD)/user/main.o $(BUILD)/sipshield.a
	$(call say,LD)
	$(Q)$(CC) $(C_FLAGS) $(LD_FLAGS) $^ $(PACKAGE_LIBS) -o $@

$(TOOLS): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/sipshield.a
	$(call say,LD)
	$(Q)$(CC) $(C_FLAGS) $(LD_FLAGS) $^ $(PACKAGE_LIBS) -lm -o $@

# --- tests -----------------------------------------------------------------------------------

$(BUILD)/unit/%.o: %.c | deps-build deps-test
	$(call say,CC)
	$(Q)$(CC) $(CPPFLAGS) $(SANITIZE) $(C_WARNINGS) $(PACKAGE_CFLAGS) $(DEPFILE) -c $< -o $@

$(BUILD)/test-unit: $(UNIT_O) $(BUILD)/unit/pure.a
	$(call say,LD)
	$(Q)$(CC) $(SANITIZE) $^ $(PACKAGE_LIBS) -lcriterion -lm -o $@

$(PROG_O): | deps-test
$(BUILD)/test-prog: $(PROG_O) $(BUILD)/sipshield.a
	$(call say,LD)
	$(Q)$(CC) $(C_FLAGS) $(LD_FLAGS) $^ $(PACKAGE_LIBS) -lcriterion -lm -o $@

# tests/lab/75-parity.sh
$(PARITY_O): C_FLAGS += -Wno-pointer-arith
$(PARITY_O): | deps-test
$(BUILD)/parity: $(PARITY_O)
	$(call say,LD)
	$(Q)$(CC) $(C_FLAGS) $(LD_FLAGS) $^ -losipparser2 -ljansson -o $@

$(BUILD)/fuzz/%.o: %.c | deps-build deps-test
	$(call say,CC)
	$(Q)$(CLANG) $(CPPFLAGS) $(FUZZ_FLAGS) $(PACKAGE_CFLAGS) $(DEPFILE) -c $< -o $@

$(FUZZERS): $(BUILD)/fuzz_%: $(BUILD)/fuzz/tests/fuzz/fuzz_%.o $(BUILD)/fuzz/pure.a
	$(call say,LD)
	$(Q)$(CLANG) $(SANITIZE) -fsanitize=fuzzer $^ $(PACKAGE_LIBS) -o $@

# The checks come in by the list of them.
$(DIFF_O): CPPFLAGS += -I$(BUILD)/gen
$(DIFF_O): $(BUILD)/gen/checks.h
$(BUILD)/diff-shield: $(DIFF_O) $(BUILD)/sipshield.a
	$(call say,LD)
	$(Q)$(CC) $(C_FLAGS) $(LD_FLAGS) $^ $(PACKAGE_LIBS) -lm -o $@

# ---------------------------------------------------------------------------------------------

-include $(patsubst %.o,%.d,$(OBJECT) $(OBJECT_CLANG14) $(OBJECT_BENCH) $(USER_O) \
	$(PROG_O) $(DIFF_O) $(TOOL_O) $(PARITY_O) $(UNIT_O) $(UNIT_PURE_O) $(FUZZ_O) $(FUZZ_PURE_O))
