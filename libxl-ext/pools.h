/* SPDX-License-Identifier: LGPL-2.1-only */
/* The CPU pools of a host. */
#ifndef XLX_POOLS_H
#define XLX_POOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "libxl-ext/cpuset.h"

enum { XLX_POOLS = 256, XLX_POOL_NAME = 64, XLX_SCHED_NAME = 16 };

struct xlx;

struct xlx_pool {
    char name[XLX_POOL_NAME];
    char sched[XLX_SCHED_NAME]; /* "credit2"; "": unknown */
    bool knows_cpus;
    struct xlx_cpuset cpus;
};

struct xlx_pools {
    struct xlx_pool *pool;
    size_t n; /* 0: unknown, for each host has one */
};

/* The first XLX_POOLS pools of this host. 0 or a negative errno. */
int xlx_pools_read(struct xlx *x, struct xlx_pools *p);
/* Adds an empty one. NULL: there are enough, or no memory is left. */
struct xlx_pool *xlx_pools_add(struct xlx_pools *p);
/* NULL: there is none of that name. */
const struct xlx_pool *xlx_pools_find(const struct xlx_pools *p,
                                      const char *name);
void xlx_pools_dispose(struct xlx_pools *p);

#endif
