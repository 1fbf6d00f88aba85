# SPDX-License-Identifier: LGPL-2.1-only
# Snapshot in, plan out. Pure: no I/O, no clock, no randomness of its own.
scheduler_SRCS := $(patsubst scheduler/%,%,$(wildcard scheduler/*.c))
scheduler_PKGS :=
scheduler_LIBS :=

# The names of CPU features, from the public header of the Xen that rackhop is
# built for.
CPU_NAMES := $(BUILD)/gen/cpu_names.inc
$(CPU_NAMES): scheduler/cpu_names.awk
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)printf '%s\n' '#define XEN_CPUFEATURE(name, bit) @ name bit' \
	    '#include <xen/arch-x86/cpufeatureset.h>' | \
	    $(CC) $(ALL_CPPFLAGS) -E -P -MD -MF $@.d -MT $@ -x c - > $@.in
	$(Q)awk -f scheduler/cpu_names.awk $@.in > $@.tmp && mv $@.tmp $@
$(BUILD)/scheduler/cpu.o: $(CPU_NAMES)
