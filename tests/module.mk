# SPDX-License-Identifier: LGPL-2.1-only
# The tests. check-unit, check-golden and check-seeds run against one build;
# check runs them against several: gcc, clang, sanitizers, valgrind.

# --- unit tests: one program for each tests/unit/test_*.c ---------------------
UNIT := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,\
    $(wildcard tests/unit/test_*.c))
# functions of libxenctrl under their own names: for the fake helpers alone
FAKEXEN_SRCS := tests/lib/fakexen_xc.c tests/lib/fakexen_guest.c
TESTLIB_SRCS := $(filter-out $(FAKEXEN_SRCS),$(wildcard tests/lib/*.c))
TESTLIB := $(BUILD)/libtest.a

$(TESTLIB): $(TESTLIB_SRCS:%.c=$(BUILD)/%.o)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(TESTLIB) $(LINK)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(TEST_LDFLAGS) -o $@ $^ \
	    $(ALL_LIBS) $(CODEC_LIBS) $(call PKG_LIBS,cmocka)
# they count comparisons
$(BUILD)/tests/test_topo_scale: TEST_LDFLAGS := -Wl,--wrap=strcmp,--wrap=memcmp
# what is written to syslog is looked at
$(BUILD)/tests/test_movelog: TEST_LDFLAGS := \
    -Wl,--wrap=syslog,--wrap=__syslog_chk
$(BUILD)/tests/test_level_pool: TEST_LDFLAGS := \
    -Wl,--wrap=plan_features_within
$(BUILD)/tests/test_report_scale: TEST_LDFLAGS := -Wl,--wrap=strcmp
# Xen never answers, and minutes are short
$(BUILD)/tests/test_deadline: TEST_LDFLAGS := \
    -Wl,--wrap=xlx_open,--wrap=xlx_close,--wrap=xlx_domain_list,--wrap=alarm
# five seconds pass in a moment
$(BUILD)/tests/test_move_lanes: TEST_LDFLAGS := -Wl,--wrap=clock_us
# one guest in the place of Xen
$(BUILD)/tests/test_guest_find: TEST_LDFLAGS := \
    $(patsubst %,-Wl$(comma)--wrap=xlx_%,open close host_facts domain_find domain_get \
    cap_get cap_set cap_note copy_find guest_stays held_by dirty_recover)
# the machine of a guest's devices
$(BUILD)/tests/test_recover_claims: TEST_LDFLAGS := -Wl,--wrap=xlx_domain_find
$(BUILD)/tests/test_engine: TEST_LDFLAGS := -Wl,--wrap=device_begin
# libxl and the counters of vifs
$(BUILD)/tests/test_device_here: TEST_LDFLAGS := \
    $(patsubst %,-Wl$(comma)--wrap=%,xlx_domain_find xlx_device_has \
    xlx_device_take xlx_device_give xlx_device_vifs_of vif_sent)
$(BUILD)/tests/test_device_read: TEST_LDFLAGS := \
    $(patsubst %,-Wl$(comma)--wrap=%,host_devices views_local vf_read \
    xlx_device_read_vif)
$(BUILD)/tests/test_device_there: TEST_LDFLAGS := \
    $(patsubst %,-Wl$(comma)--wrap=%,host_devices views_local xlx_domain_list \
    xlx_device_can_give xlx_domain_find xlx_device_has xlx_device_give)
# a part of the helper, which is in no library
$(BUILD)/tests/test_helper_policy: $(BUILD)/libxl-ext/helper_policy.o \
    $(BUILD)/tools/base/clock.o
$(BUILD)/tests/test_helper_again: $(BUILD)/libxl-ext/helper_again.o
# another, with /proc/meminfo and the clock in the test's hands; it stands behind
# the libraries, so what it takes of them is named
$(BUILD)/tests/test_helper_codec: $(BUILD)/libxl-ext/helper_codec.o
$(BUILD)/tests/test_helper_codec: TEST_LDFLAGS := \
    -Wl,--wrap=fopen,--wrap=clock_ns \
    -Wl,-u,record_enc_new,-u,pack_choice_init,-u,frame_get
# a part of rackhop-wire, which is in no library either
$(BUILD)/tests/test_tls $(BUILD)/tests/test_tls_pki: \
    $(addprefix $(BUILD)/libxl-ext/wire/,tls.o tls_pki.o tls_proof.o)
$(BUILD)/tests/test_tls $(BUILD)/tests/test_tls_pki: TEST_LDFLAGS := -Wl,--no-as-needed \
    -Wl,-u,hostpat_has_name,-u,tls_gate_pass \
    $(call PKG_LIBS,$(wire_PKGS))
$(BUILD)/tests/test_wire_process $(BUILD)/tests/test_move_lanes: \
    | $(BUILD)/rackhop-wire
# The save helper as it is, on a Xen that is a piece of memory; and as it would
# be if libxenguest asked for one of its functions, or for none.
FAKE_HELPERS := $(addprefix $(BUILD)/tests/,fake_helper fake_helper_half \
    fake_helper_none)
$(BUILD)/tests/exact_half.o: RENAME := writev_exact=unasked_writev
$(BUILD)/tests/exact_none.o: RENAME := $(foreach f,read write writev,\
    $(f)_exact=unasked_$(f))
$(BUILD)/tests/exact_%.o: $(BUILD)/libxl-ext/helper_exact.o
	@mkdir -p $(@D)
	$(Q)objcopy $(RENAME:%=--redefine-sym %) $< $@
fake-objs = $(filter-out %/helper_exact.o %/helper_types.o,$(addprefix $(BUILD)/,$(helper_OBJS)))
$(BUILD)/tests/fake_helper: $(BUILD)/libxl-ext/helper_exact.o
$(BUILD)/tests/fake_helper_half: $(BUILD)/tests/exact_half.o
$(BUILD)/tests/fake_helper_none: $(BUILD)/tests/exact_none.o
$(BUILD)/tests/test_helper_stream $(BUILD)/tests/test_helper_holes: \
    | $(FAKE_HELPERS)
$(BUILD)/tests/test_helper_wire: | $(BUILD)/rackhop-wire $(FAKE_HELPERS)
$(FAKE_HELPERS): $(fake-objs) $(FAKEXEN_SRCS:%.c=$(BUILD)/%.o) \
    $(BUILD)/tests/lib/fakexen.o $(BUILD)/tests/lib/fakexen_time.o
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(FAKE_LDFLAGS) -o $@ $^ \
	    $(call PKG_LIBS,$(helper_PKGS)) $(CODEC_LIBS) -lm
fake-helpers: $(FAKE_HELPERS)
# programs that benchmarks run: tests/bench/NAME.c
$(BUILD)/tests/bench_%: $(BUILD)/tests/bench/bench_%.o $(TESTLIB) $(LINK)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS) $(CODEC_LIBS)
bench-programs: $(patsubst tests/bench/%.c,$(BUILD)/tests/%,\
    $(wildcard tests/bench/*.c))
$(BUILD)/tests/soak_handover: $(BUILD)/tests/soak/soak.o $(TESTLIB) $(LINK)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)
$(BUILD)/tests/%_responder: $(BUILD)/tests/bench/%_responder.o
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^
.PRECIOUS: $(BUILD)/%.o

# --- the executor on a cluster in a directory: tests/exec -----------------------
TWIN := $(BUILD)/tests/exec_twin $(BUILD)/tests/exec_killed \
    $(BUILD)/tests/exec_certs
$(BUILD)/tests/exec_certs: $(BUILD)/tests/exec/certs.o $(BUILD)/tests/lib/certs.o
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(call PKG_LIBS,libcrypto)
# It is started hundreds of times, with no library that it does not use.
$(BUILD)/tests/exec_twin: $(BUILD)/tests/exec/twin.o $(LINK)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,--as-needed -o $@ $^ \
	    $(ALL_LIBS)
$(BUILD)/tests/exec_killed: $(BUILD)/tests/exec/killed.o \
    $(BUILD)/tools/cli/main.o $(LINK)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) \
	    $(patsubst %,-Wl$(comma)--wrap=%,store_cas ssh_start remote_each \
	    collect_run) -o $@ $^ $(ALL_LIBS) $(CODEC_LIBS)
check-install: all
	+$(Q)tests/install.sh $(BUILD)
check-exec: $(PROGRAMS) $(TWIN)
	$(Q)tests/exec/run.sh $(BUILD)

# --- fuzz targets: libFuzzer for make fuzz, a plain main to replay the seeds ---
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAY := $(FUZZ:%=$(BUILD)/tests/replay_%)
# Of each target; FUZZ='fuzz_marks fuzz_words' says which.
MINUTES ?= 10
$(BUILD)/tests/replay_%: $(BUILD)/tests/fuzz/%.o \
    $(BUILD)/tests/fuzz/replay_main.o $(TESTLIB) $(LINK)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(TEST_LDFLAGS) -o $@ $^ \
	    $(ALL_LIBS) $(CODEC_LIBS)
$(BUILD)/tests/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(TESTLIB) $(LINK)
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(TEST_LDFLAGS) \
	    -fsanitize=fuzzer -o $@ $^ $(ALL_LIBS) $(CODEC_LIBS)
# a part of rackhop-wire, as above
FUZZ_TLS := $(foreach t,fuzz_tls_peer fuzz_tls_pki,\
    $(BUILD)/tests/$(t) $(BUILD)/tests/replay_$(t))
$(FUZZ_TLS): $(addprefix $(BUILD)/libxl-ext/wire/,tls.o tls_pki.o tls_proof.o)
$(FUZZ_TLS): TEST_LDFLAGS := -Wl,--no-as-needed \
    -Wl,-u,hostpat_has_name,-u,tls_gate_pass $(call PKG_LIBS,$(wire_PKGS))

fuzz: deps
	$(Q)tests/fuzz/run.sh '$(FUZZ)' $$(($(MINUTES) * 60))

# what the seeds, and what `make fuzz` found, reach of each parser
coverage-fuzz: deps
	$(Q)tests/fuzz/coverage.sh '$(FUZZ)'

VALGRIND := valgrind -q --error-exitcode=99 --leak-check=full \
    --show-leak-kinds=definite
# These end processes by other means than return: valgrind's own system calls
# are not on the list that seccomp allows (confine, lldpd), it knows no pidfd_open
# (hook_job), and calls a leak what a deadline cuts off. ASan runs them.
VALGRIND_NOT := confine lldpd hook_job deadline xenstore

# --- against one build -----------------------------------------------------------
check-unit: $(UNIT)
	$(Q)tests/run-unit.sh $(UNIT)
check-valgrind: $(UNIT)
	@echo 'not under valgrind (tests/module.mk says why): $(VALGRIND_NOT)'
	$(Q)RACKHOP_SIM_CLUSTERS=300 RACKHOP_SOAK_STATES=20000 RACKHOP_FRAME_CHANGES=15 WRAP='$(VALGRIND)' tests/run-unit.sh \
	    $(filter-out $(VALGRIND_NOT:%=$(BUILD)/tests/test_%),$(UNIT))
check-golden: $(PROGRAMS) $(TWIN)
	$(Q)tests/golden/run.sh $(BUILD)
	$(Q)python3 tests/manual.py $(BUILD)
	$(Q)python3 tests/read-back.py $(BUILD)
update-golden: $(PROGRAMS) $(TWIN)
	$(Q)tests/golden/run.sh $(BUILD) update
check-seeds: $(REPLAY)
	$(Q)tests/fuzz/replay.sh $(BUILD) '$(FUZZ)'

# --- the whole -------------------------------------------------------------------
check: deps
	$(Q)tests/check.sh
check-all: deps
	$(Q)tests/check.sh all
# the report's pages in headless Chromium, where that is; PICTURES=DIR keeps some
check-pages: $(PROGRAMS) $(TWIN)
	$(Q)python3 tests/pages.py $(BUILD) $(PICTURES)
# the packages, installed by apt in fresh systems: root, and Debian's mirrors
check-deb: deps
	$(Q)tests/deb-install.sh
# LAB='drain interop': these alone
check-lab: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/lab/check.sh $(LAB)
check-lab-faults: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/lab/faults-all.sh $(FAULTS)
demo: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/lab/demo.sh
demo-roll: deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/lab/demo_roll.sh

# the handover's laws, searched: SOAK_ARGS='SCHEDULES SEED'
soak: deps
	$(Q)$(MAKE) --no-print-directory $(BUILD)/tests/soak_handover
	$(Q)$(BUILD)/tests/soak_handover $(SOAK_ARGS)

BENCHES := $(patsubst tests/bench/%.sh,%,$(wildcard tests/bench/bench-*.sh))
bench: $(BENCHES)
$(BENCHES): deps
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/bench/$@.sh

.PHONY: fake-helpers bench-programs check check-install check-all check-deb check-pages check-exec check-unit check-valgrind check-golden update-golden \
    check-seeds check-lab check-lab-faults fuzz coverage-fuzz demo demo-roll soak bench $(BENCHES)
