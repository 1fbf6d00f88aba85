# SPDX-License-Identifier: LGPL-2.1-only
# Variables only: where things go, with what they are built, what they need.
# Override on the command line: make CC=clang BUILD=build/clang V=1

VERSION := 0.12.0

PKG_CONFIG  ?= pkg-config
DESTDIR     ?=
prefix      ?= /usr/local
bindir      ?= $(prefix)/bin
libdir      ?= $(prefix)/lib
libexecdir  ?= $(prefix)/libexec
datadir     ?= $(prefix)/share
mandir      ?= $(datadir)/man
unitdir     ?= $(libdir)/systemd/system
tmpfilesdir ?= $(libdir)/tmpfiles.d
sysconfdir  ?= /etc
statedir    ?= /var/lib/rackhop
rundir      ?= /run/rackhop

# The Xen release that this is built for: "4.17".
XEN_RELEASE ?= $(shell $(PKG_CONFIG) --modversion xenlight 2>/dev/null | \
                 cut -d. -f1,2)

BUILD       ?= build
CC          ?= gcc
AR          ?= ar
V           ?= 0
WERROR      ?= 0
# address,undefined or thread: an instrumented build, into a BUILD of its own.
SAN         ?=

OPT         ?= -O2 -g
WARN        := -Wall -Wextra -Wshadow -Wstrict-prototypes \
               -Wmissing-prototypes -Wformat=2 -Wformat-nonliteral \
               -Wconversion -Wno-sign-conversion -Wno-unused-parameter
# -Wno-sign-conversion: libxl, libxc and yajl mix int, unsigned and size_t
# for the same counts; the casts would hide more than the warning finds.

HARDEN      := -fstack-protector-strong -fstack-clash-protection \
               -fcf-protection -fPIE
HARDEN_LD   := -pie -Wl,-z,relro,-z,now,-z,noexecstack

# package=probe, in the order of use. The probe is what any system can be
# asked for: pc:NAME (pkg-config), cmd:NAME (a program), h:NAME (a header),
# so:NAME (a shared library), py:NAME (a module of Debian's Python).
DEPS_BUILD := gcc=cmd:gcc libc6-dev=h:stdio.h pkg-config=cmd:pkg-config \
  libxen-dev=pc:xenlight libyajl-dev=pc:yajl libnl-3-dev=pc:libnl-3.0 \
  libnl-route-3-dev=pc:libnl-route-3.0 libnl-genl-3-dev=pc:libnl-genl-3.0 \
  liblldpctl-dev=pc:lldpctl libsnmp-dev=pc:netsnmp uthash-dev=h:uthash.h \
  libsqlite3-dev=pc:sqlite3 libssl-dev=pc:libcrypto perl=cmd:pod2man \
  liblz4-dev=pc:liblz4 libzstd-dev=pc:libzstd libxxhash-dev=h:xxhash.h \
  libsmartcols-dev=pc:smartcols
DEPS_CHECK := libcmocka-dev=pc:cmocka clang=cmd:clang \
  clang-format=cmd:clang-format clang-tidy=cmd:clang-tidy \
  cppcheck=cmd:cppcheck valgrind=cmd:valgrind \
  libclang-rt-14-dev=cmd:clang lldpd=cmd:lldpd snmp=cmd:snmpwalk \
  snmpd=cmd:snmpd iproute2=cmd:ip graphviz=cmd:dot python3=cmd:python3 \
  universal-ctags=cmd:ctags libslurm38=so:slurm libyang2-tools=cmd:yanglint \
  python3-prometheus-client=py:prometheus_client shellcheck=cmd:shellcheck \
  tmux=cmd:tmux groff-base=cmd:nroff nftables=cmd:nft
DEPS_DEB   := debhelper=cmd:dh dpkg-dev=cmd:dpkg-buildpackage \
  fakeroot=cmd:fakeroot lintian=cmd:lintian
DEPS_LAB   := qemu-system-x86=cmd:qemu-system-x86_64 \
  mmdebstrap=cmd:mmdebstrap kmod=cmd:modprobe lz4=cmd:lz4 zstd=cmd:zstd \
  xz-utils=cmd:xz cpio=cmd:cpio e2fsprogs=cmd:mke2fs \
  busybox-static=cmd:busybox openssh-client=cmd:ssh socat=cmd:socat \
  flex=cmd:flex bison=cmd:bison bc=cmd:bc libelf-dev=h:libelf.h \
  nftables=cmd:nft ethtool=cmd:ethtool
