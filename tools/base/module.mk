# SPDX-License-Identifier: LGPL-2.1-only
# Small nouns that every folder may use; they know neither Xen nor the racks.
tools/base_SRCS := clock.c confine.c crc32.c figure.c file.c grow.c hostpat.c \
    ipnet.c loop.c mac.c msg.c metric.c names.c near.c quantity.c sha256.c \
    strlist.c text.c uuid.c
tools/base_PKGS := libcrypto
tools/base_LIBS :=
