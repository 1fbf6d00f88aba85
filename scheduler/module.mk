# SPDX-License-Identifier: LGPL-2.1-only
# Snapshot in, plan out. Pure: no I/O, no clock, no randomness of its own.
scheduler_SRCS := $(patsubst scheduler/%,%,$(wildcard scheduler/*.c))
scheduler_PKGS :=
scheduler_LIBS :=
