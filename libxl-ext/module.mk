# SPDX-License-Identifier: LGPL-2.1-only
# Everything that touches Xen. helper.c is the main of a program of its own,
# which shares only what helper_OBJS names with the libraries.
libxl-ext_SRCS := $(filter-out helper.c,\
    $(patsubst libxl-ext/%,%,$(wildcard libxl-ext/*.c libxl-ext/wire/*.c)))
libxl-ext_PKGS := xenlight xencontrol xenguest xentoollog
libxl-ext_LIBS :=
helper_OBJS := $(addprefix libxl-ext/,helper.o helper_msg.o policy.o \
    policy_text.o ctl.o) tools/base/clock.o
