# SPDX-License-Identifier: LGPL-2.1-only
# rackhop's build: one make, one list of sources for each folder (module.mk).
#
#   make               build/rackhop, rackhop-save-helper and rackhop-wire
#   make check         the tests that need no Xen host
#   make check-all     the same with every compiler, checker and library
#   make check-lab     the tests on real Xen hosts in QEMU
#   make demo          the main job, on real Xen hosts in QEMU
#   make demo-roll     rolling maintenance, on real Xen hosts in QEMU
#   make help          the rest

include Config.mk

MODULES := tools/base topology scheduler libxl-ext tools
all:

# Each module.mk sets, for its folder M: M_SRCS, M_PKGS (pkg-config), M_LIBS.
include $(MODULES:%=%/module.mk)

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# --- flags ------------------------------------------------------------------
cc-option = $(shell $(CC) -Werror $(1) -c -x c /dev/null -o /dev/null \
              2>/dev/null && echo '$(1)')
comma := ,
ifeq ($(SAN),)
MEMFLAGS := $(call cc-option,-ftrivial-auto-var-init=zero) \
            -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
SANFLAGS :=
else
MEMFLAGS :=
SANFLAGS := -fsanitize=$(SAN) -fno-sanitize-recover=all \
            -fno-omit-frame-pointer
endif
XEN_CFLAGS ?=
XEN_LDFLAGS ?=
PKGS := $(sort $(foreach m,$(MODULES),$($(m)_PKGS)))
PKG_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(1) 2>/dev/null)
PKG_LIBS = $(shell $(PKG_CONFIG) --libs $(1) 2>/dev/null)
ALL_CPPFLAGS := -I. -I$(BUILD)/gen -D_GNU_SOURCE $(XEN_CFLAGS) \
    $(call PKG_CFLAGS,$(PKGS)) $(CPPFLAGS)
ALL_CFLAGS := -std=gnu11 $(OPT) $(WARN) $(HARDEN) $(MEMFLAGS) $(SANFLAGS) \
    $(if $(filter 1,$(WERROR)),-Werror) $(CFLAGS)
ALL_LDFLAGS := $(HARDEN_LD) $(SANFLAGS) $(XEN_LDFLAGS) $(LDFLAGS)

DEFS := -DRACKHOP_VERSION='"$(VERSION)"' -DRACKHOP_LIBEXEC='"$(libexecdir)"' \
    -DRACKHOP_SYSCONF='"$(sysconfdir)/rackhop"' \
    -DXEN_RELEASE='"$(XEN_RELEASE)"' -DRACKHOP_STATE='"$(statedir)"' -DRACKHOP_RUN='"$(rundir)"'

# --- objects and libraries ----------------------------------------------------
objs = $(patsubst %.c,$(BUILD)/%.o,$(addprefix $(1)/,$($(1)_SRCS)))
lib = $(BUILD)/lib$(subst libxl-ext,xlx,$(notdir $(1))).a
LIBS := $(foreach m,$(MODULES),$(call lib,$(m)))
# one way only: a library may need those to its right
LINK := $(call lib,tools) $(call lib,libxl-ext) $(call lib,scheduler) \
    $(call lib,topology) $(call lib,tools/base)
ALL_LIBS := $(call PKG_LIBS,$(PKGS)) \
    $(sort $(foreach m,$(MODULES),$($(m)_LIBS))) -lm

# what the save helper compresses a guest's memory with, and `rackhop dirty` a
# sample of it
CODEC_LIBS = $(call PKG_LIBS,liblz4 libzstd)

PROGRAMS := $(BUILD)/rackhop $(BUILD)/rackhop-save-helper \
    $(BUILD)/rackhop-guest $(BUILD)/rackhop-admin \
    $(BUILD)/rackhop-wire
all: $(PROGRAMS)

# What objects and programs are made with. The file is written again only when
# it would differ, so that a change of flags makes again what they are used in.
# -Werror changes no object.
FLAGS := $(BUILD)/flags
flags-text = $(subst ','\'',$(CC) $(ALL_CPPFLAGS) $(DEFS) \
    $(filter-out -Werror,$(ALL_CFLAGS)) : $(ALL_LDFLAGS) $(ALL_LIBS))
$(FLAGS): FORCE
	@mkdir -p $(@D)
	@echo '$(flags-text)' | cmp -s - $@ || echo '$(flags-text)' > $@
FORCE:

$(BUILD)/%.o: %.c $(FLAGS)
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(DEFS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

define lib-rule
$(call lib,$(1)): $(call objs,$(1))
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && $(AR) rcs $$@ $$^
endef
$(foreach m,$(MODULES),$(eval $(call lib-rule,$(m))))

$(BUILD)/rackhop: $(BUILD)/tools/cli/main.o $(LINK)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS) $(CODEC_LIBS)

# For hosts without Xen: the same commands without Xen's libraries and lldpd's.
# libxlutil reads the configuration, and that part of it needs nothing of Xen:
# it is taken from the static library, where defbools, which no setting is, would
# want libxl. A system that has no such library gets a program with libxlutil.
XLU_STATIC := $(wildcard $(shell $(CC) -print-file-name=libxlutil.a))
XLU_LIBS = $(if $(XLU_STATIC),-l:libxlutil.a \
    -Wl$(comma)--defsym=libxl_defbool_set=die_oom,$(call PKG_LIBS,xlutil))
admin_LIBS = $(call PKG_LIBS,$(filter-out lldpctl xlutil,$(topology_PKGS) \
    $(tools_PKGS) $(tools/base_PKGS))) $(XLU_LIBS) -lm
$(BUILD)/rackhop-admin: $(addprefix $(BUILD)/,tools/cli/main.o \
    tools/cli/handon.o $(admin_OBJS)) \
    $(filter-out %/no_handon.o,$(call objs,tools)) $(call lib,scheduler) \
    $(filter-out $(lldpd_SRCS:%.c=$(BUILD)/topology/%.o),$(call objs,topology)) \
    $(BUILD)/topology/no_lldpd.o $(call lib,tools/base)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,--as-needed -o $@ $^ \
	    $(admin_LIBS) $(CODEC_LIBS)

# The helper runs beside every move: nothing but libxc in it.
$(BUILD)/rackhop-save-helper: $(addprefix $(BUILD)/,$(helper_OBJS))
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
	    $(call PKG_LIBS,$(helper_PKGS)) $(CODEC_LIBS) -lm

# It goes into guests, whatever they have installed (a sanitizer is no static
# library).
$(BUILD)/rackhop-guest: $(BUILD)/tools/guest/rackhop-guest.o
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(if $(SAN),$(ALL_LDFLAGS),\
	    $(filter-out -pie,$(ALL_LDFLAGS)) -static-pie) -o $@ $^

# So does the wire, and any network talks to it: nothing but libssl in it.
$(BUILD)/rackhop-wire: $(addprefix $(BUILD)/,$(wire_OBJS))
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ \
	    $(call PKG_LIBS,$(wire_PKGS))

include tests/module.mk

# --- manual pages ---------------------------------------------------------------
PAGES := $(wildcard docs/man/*.pod)
MAN := $(PAGES:docs/man/%.pod=$(BUILD)/man/%)
all: $(MAN)
$(BUILD)/man/%: docs/man/%.pod
	@mkdir -p $(@D)
	$(call say,MAN,$@)
	$(Q)pod2man --section=$(lastword $(subst ., ,$*)) --name=$(basename $*) \
	    --release=$(VERSION) --center=rackhop --errors=die $< $@

# --- what the program and the folders say of themselves ------------------------
# GEN: the program that writes it; another than what is built where that does
# not run (see debian/build.sh).
GEN ?= $(BUILD)/rackhop
UNITS := $(patsubst tools/systemd/%.in,$(BUILD)/systemd/%,\
    $(wildcard tools/systemd/*.in)) tools/systemd/rackhop-rebalance.timer
SHELLS := $(addprefix $(BUILD)/completion/,rackhop _rackhop rackhop.fish)
all: $(SHELLS) $(BUILD)/rackhop.conf $(UNITS)
$(BUILD)/completion/rackhop: SHELL_NAME := bash
$(BUILD)/completion/_rackhop: SHELL_NAME := zsh
$(BUILD)/completion/rackhop.fish: SHELL_NAME := fish
$(SHELLS): $(GEN)
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)RACKHOP_CONF=/dev/null $(GEN) completion $(SHELL_NAME) > $@
$(BUILD)/rackhop.conf: $(GEN)
	$(call say,GEN,$@)
	$(Q)RACKHOP_CONF=/dev/null $(GEN) --show-config > $@.all
	$(Q)sed -i '/^##/d' $@.all
	$(Q)sed -e '1s/^/# rackhop.conf(5): all settings, each with its default.\n/' \
	    -e 's/^#/\n#/' -e 's/^[a-z]/#&/' $@.all > $@
	$(Q)rm -f $@.all
$(BUILD)/systemd/%: tools/systemd/%.in
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)sed -e 's|@bindir@|$(bindir)|' -e 's|@statedir@|$(statedir)|' $< > $@

# --- install --------------------------------------------------------------------
COMPLETIONS := $(datadir)/bash-completion/completions
ZSH := $(datadir)/zsh/vendor-completions
FISH := $(datadir)/fish/vendor_completions.d
EXAMPLES := $(datadir)/doc/rackhop/examples
CONF := $(sysconfdir)/rackhop/rackhop.conf
# In two parts, as packages have it: what any host may have, and what a Xen host
# has as well. `make install` has one program for both.
PROGRAM := $(BUILD)/rackhop
HOST_UNITS := %/rackhop-recover.service %/rackhop-agent.service
install: install-any install-host

install-any: all
	install -d $(DESTDIR)$(bindir)
	install -m755 $(PROGRAM) $(DESTDIR)$(bindir)/rackhop
	install -D -m644 $(BUILD)/completion/rackhop \
	    $(DESTDIR)$(COMPLETIONS)/rackhop
	install -D -m644 $(BUILD)/completion/_rackhop $(DESTDIR)$(ZSH)/_rackhop
	install -D -m644 $(BUILD)/completion/rackhop.fish \
	    $(DESTDIR)$(FISH)/rackhop.fish
	install -d $(DESTDIR)$(unitdir) $(DESTDIR)$(tmpfilesdir)
	for u in $(filter-out %/tmpfiles.conf $(HOST_UNITS),$(UNITS)); do \
	    install -m644 $$u $(DESTDIR)$(unitdir)/; done
	install -m644 $(BUILD)/systemd/tmpfiles.conf \
	    $(DESTDIR)$(tmpfilesdir)/rackhop.conf
	[ -e $(DESTDIR)$(CONF) ] || \
	    install -D -m640 $(BUILD)/rackhop.conf $(DESTDIR)$(CONF)
	for m in $(MAN); do s=$${m##*.}; install -d $(DESTDIR)$(mandir)/man$$s; \
	    install -m644 $$m $(DESTDIR)$(mandir)/man$$s/; done
	install -d $(DESTDIR)$(EXAMPLES)/hooks $(DESTDIR)$(EXAMPLES)/systemd \
	    $(DESTDIR)$(EXAMPLES)/grafana $(DESTDIR)$(EXAMPLES)/ansible/library
	install -m755 docs/examples/hooks/* $(DESTDIR)$(EXAMPLES)/hooks/
	install -m644 docs/examples/systemd/* $(DESTDIR)$(EXAMPLES)/systemd/
	install -m644 docs/examples/grafana/* $(DESTDIR)$(EXAMPLES)/grafana/
	install -m644 docs/examples/ansible/*.yml $(DESTDIR)$(EXAMPLES)/ansible/
	install -m644 docs/examples/ansible/library/*.py \
	    $(DESTDIR)$(EXAMPLES)/ansible/library/

install-host: all
	install -d $(DESTDIR)$(libexecdir)/rackhop $(DESTDIR)$(unitdir)
	install -m755 $(BUILD)/rackhop-save-helper \
	    $(DESTDIR)$(libexecdir)/rackhop/save-helper
	install -m755 $(BUILD)/rackhop-wire $(DESTDIR)$(libexecdir)/rackhop/wire
	install -m755 $(BUILD)/rackhop-guest \
	    $(DESTDIR)$(libexecdir)/rackhop/rackhop-guest
	install -D -m755 tools/xl-front/xl \
	    $(DESTDIR)$(libdir)/rackhop/xl-front/xl
	for u in $(filter $(HOST_UNITS),$(UNITS)); do \
	    install -m644 $$u $(DESTDIR)$(unitdir)/; done

# The packages' parts: the command of rackhop-admin becomes this program where
# the package rackhop is installed (tools/cli/handon.h).
install-admin:
	$(MAKE) install-any PROGRAM=$(BUILD)/rackhop-admin
install-xen: install-host
	install -m755 $(BUILD)/rackhop $(DESTDIR)$(libexecdir)/rackhop/rackhop

# The configuration and the records stay.
uninstall:
	rm -f $(DESTDIR)$(bindir)/rackhop $(DESTDIR)$(COMPLETIONS)/rackhop \
	    $(DESTDIR)$(ZSH)/_rackhop $(DESTDIR)$(FISH)/rackhop.fish \
	    $(DESTDIR)$(tmpfilesdir)/rackhop.conf
	rm -rf $(DESTDIR)$(libexecdir)/rackhop $(DESTDIR)$(libdir)/rackhop \
	    $(DESTDIR)$(EXAMPLES)
	for u in $(notdir $(filter-out %/tmpfiles.conf,$(UNITS))); do \
	    rm -f $(DESTDIR)$(unitdir)/$$u; done
	for m in $(notdir $(MAN)); do \
	    rm -f $(DESTDIR)$(mandir)/man$${m##*.}/$$m; done

# --- the packages ------------------------------------------------------------
# In a copy of the tree below build/deb; XEN=4.20 for Debian 13's libraries.
deb:
	$(Q)tests/deps.sh $(DEPS_BUILD) $(DEPS_DEB)
	$(Q)debian/build.sh $(XEN)

# For the Xen of this system. Debian's rpm knows no installed packages, so what
# the build needs is asked for as `make` does.
rpm:
	$(Q)tests/deps.sh $(DEPS_BUILD) rpm=cmd:rpmbuild
	$(Q)docs/examples/rpm/build.sh $(VERSION)

# --- housekeeping -----------------------------------------------------------------
SOURCES = $(shell git ls-files '*.c' '*.h' 2>/dev/null || \
    find $(MODULES) tests -name '*.[ch]')
format:
	clang-format -i $(SOURCES)
format-check:
	$(Q)clang-format --dry-run -Werror $(SOURCES)
check-tidy: $(BUILD)/gen/cpu_names.inc
	$(Q)printf '%s\n' $(filter-out tests/%,$(filter %.c,$(SOURCES))) | \
	    xargs -P$$(nproc) -n8 sh -c 'clang-tidy --quiet "$$@" -- -std=gnu11 \
	    $(ALL_CPPFLAGS) $(subst ','\'',$(DEFS)) 2> /dev/null' tidy
check-layers: all
	$(Q)python3 tests/check-layers.py $(BUILD)
stats: all
	$(Q)python3 tests/stats.py $(BUILD)
check-names:
	$(Q)python3 tests/stats.py --names
check-examples:
	$(Q)shellcheck docs/examples/hooks/*
map:
	$(Q)python3 tests/map.py --write
# the drawings of the README, by the program: of recorded LLDP tables, of an
# invented cluster, and the page of a plan for it
pictures: $(BUILD)/rackhop
	RACKHOP_CONF=/dev/null $(BUILD)/rackhop topology \
	    --from tests/data/topology/rack --svg --ports > docs/map.svg.new
	mv docs/map.svg.new docs/map.svg
	$(BUILD)/rackhop simulate --hosts 32 --vms 200 --rack 8 --planes 2 \
	    --mixed -o $(BUILD)/cluster.json
	RACKHOP_CONF=/dev/null $(BUILD)/rackhop topology \
	    --snapshot $(BUILD)/cluster.json --svg > docs/cluster.svg.new
	mv docs/cluster.svg.new docs/cluster.svg
	RACKHOP_CONF=/dev/null $(BUILD)/rackhop plan drain h00000 h00009 \
	    --snapshot $(BUILD)/cluster.json -o $(BUILD)/plan.json > /dev/null
	RACKHOP_CONF=/dev/null $(BUILD)/rackhop report $(BUILD)/plan.json \
	    --snapshot $(BUILD)/cluster.json --html $(BUILD)/page.html > /dev/null
	python3 tests/page-picture.py 960 1330 < $(BUILD)/page.html > docs/page.svg.new
	mv docs/page.svg.new docs/page.svg
check-map:
	$(Q)python3 tests/map.py --check
deps:
	$(Q)tests/deps.sh $(DEPS_BUILD) $(DEPS_CHECK) $(DEPS_DEB) $(DEPS_LAB)
clean:
	rm -rf $(BUILD)
help:
	@sed -n 's/^#   \(make .*\)/\1/p' Makefile
	@echo 'make bench          all benchmarks (bench-migrate, ...)'
	@echo 'make fuzz           the fuzz targets, MINUTES=10 each, and a sum'
	@echo 'make coverage-fuzz  how much of each parser they reach'
	@echo 'make deps           install what the above need (Debian, root)'
	@echo 'make deb            build/deb/xen*/rackhop*.deb; XEN=4.20: for Debian 13'
	@echo 'make rpm            build/rpm/RPMS/*/rackhop*.rpm, by docs/examples/rpm'
	@echo 'make check-deb      install both packages in fresh Debian systems'
	@echo 'make check-pages    look at the pages of reports in headless Chromium'
	@echo 'make pictures       draw the pictures of docs/ again'
	@echo 'make install        DESTDIR= prefix=/usr/local'
	@echo 'make stats          lines a room, lengths, circles, names'
	@echo 'make map            the map of files in docs/HACKING'
	@echo 'make check-layers check-map check-names check-examples format-check format clean uninstall'

check-flags:
	$(Q)tests/flags.sh

.PHONY: FORCE check-flags all install install-any install-host install-admin install-xen uninstall format format-check check-layers check-names check-examples map pictures check-map stats deb rpm deps clean help
-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
