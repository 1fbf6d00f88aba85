/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which guest a file in xl.cfg's syntax is about. libxlutil parses it, as it
 * does for xl; for all else that such a file says, xl is asked
 * (tools/move/xlconfig.h).
 */
#ifndef RACKHOP_XLCFG_H
#define RACKHOP_XLCFG_H

#include <stdbool.h>
#include <stddef.h>

struct xlcfg_guest {
    char name[256];
    char uuid[37];  /* "": it has none, and gets another at each start */
    bool pv;        /* else it is PVH or HVM */
    bool has_cpuid; /* it says what it may see of CPUs */
};

/* 0; -EINVAL: it is no guest's configuration. */
int xlcfg_guest(const char *text, size_t len, struct xlcfg_guest *g);

#endif
