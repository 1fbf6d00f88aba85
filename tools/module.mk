# SPDX-License-Identifier: LGPL-2.1-only
# The rackhop program, main.c apart from the rest so that tests can link it, and
# handon.c, which the program for hosts without Xen has in no_handon.c's place. All
# files of a room belong to it, so they are not listed once more: what does not
# belong here has no place in the folder.
tools_SRCS := $(filter-out cli/main.c cli/handon.c base/% guest/%,\
    $(patsubst tools/%,%,$(wildcard tools/*.c tools/*/*.c)))
tools_PKGS := yajl xlutil sqlite3 smartcols
tools_LIBS :=
