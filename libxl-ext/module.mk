# SPDX-License-Identifier: LGPL-2.1-only
# Everything that touches Xen. rackhop-save-helper is a program of its own: the
# library has none of helper_SRCS, and the program only what helper_OBJS names.
helper_SRCS := helper.c helper_again.c helper_args.c helper_arm.c \
    helper_codec.c helper_exact.c helper_holes.c helper_pipe.c helper_place.c \
    helper_place_memory.c helper_policy.c helper_restore.c helper_stock.c \
    helper_types.c
# so is rackhop-wire, the one program with libssl
wire_SRCS := wire/tls.c wire/tls_pki.c wire/tls_proof.c $(patsubst libxl-ext/%,%,$(wildcard libxl-ext/wire_*.c))
libxl-ext_SRCS := $(filter-out $(helper_SRCS) $(wire_SRCS) no_xen.c,\
    $(patsubst libxl-ext/%,%,$(wildcard libxl-ext/*.c libxl-ext/wire/*.c)))
libxl-ext_PKGS := xenlight xencontrol xenguest xenstore xentoollog \
    xenforeignmemory
libxl-ext_LIBS :=
codec_OBJS := $(addprefix libxl-ext/wire/,delta.o digest.o frame.o pack.o \
    pack_choice.o page_cache.o page_dec.o page_enc.o pfn_list.o record_dec.o \
    record_enc.o)
helper_OBJS := $(addprefix libxl-ext/,$(helper_SRCS:.c=.o) helper_msg.o link_window.o \
    policy.o policy_rounds.o policy_text.o ctl.o hvm_context.o) $(codec_OBJS) \
    tools/base/clock.o tools/base/msg.o
helper_PKGS := xenguest xencontrol xenforeignmemory xentoollog
wire_OBJS := $(addprefix libxl-ext/,$(wire_SRCS:.c=.o)) \
    $(addprefix libxl-ext/wire/,chunk.o lanes.o lane_words.o rate.o \
    stream_in.o stream_out.o tls_gate.o) \
    $(addprefix tools/base/,clock.o confine.o hostpat.o loop.o msg.o)
wire_PKGS := libssl libcrypto
# What the program for hosts without Xen has of this folder: words, laws and
# files, and no_xen.c for the rest.
admin_OBJS := $(addprefix libxl-ext/,no_xen.o cap_back.o carrier.o cpuset.o \
    device_drive.o device_move.o greeting.o \
    handover.o handshake.o holder.o network.o policy.o policy_rounds.o \
    policy_text.o steal_count.o) \
    $(addprefix libxl-ext/wire/,lane_words.o pack.o word_parts.o words.o words_arm.o \
    words_lanes.o)
