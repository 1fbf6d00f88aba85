# SPDX-License-Identifier: LGPL-2.1-only
# Everything that touches Xen. rackhop-save-helper is a program of its own: the
# library has none of helper_SRCS, and the program only what helper_OBJS names.
helper_SRCS := helper.c helper_pipe.c helper_policy.c helper_stock.c
libxl-ext_SRCS := $(filter-out $(helper_SRCS),\
    $(patsubst libxl-ext/%,%,$(wildcard libxl-ext/*.c libxl-ext/wire/*.c)))
libxl-ext_PKGS := xenlight xencontrol xenguest xenstore xentoollog
libxl-ext_LIBS :=
helper_OBJS := $(addprefix libxl-ext/,$(helper_SRCS:.c=.o) helper_msg.o \
    policy.o policy_rounds.o policy_text.o ctl.o) tools/base/clock.o
