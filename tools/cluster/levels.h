/* SPDX-License-Identifier: LGPL-2.1-only */
/* The CPU levels of some hosts of a snapshot: scheduler/level.h, for guests of
 * both types. */
#ifndef RACKHOP_CLUSTER_LEVELS_H
#define RACKHOP_CLUSTER_LEVELS_H

#include <stdint.h>

#include "scheduler/level.h"
#include "tools/base/msg.h"
#include "tools/doc/level_kept.h"

struct levels {
    struct plan_cluster *c; /* the caller's */
    uint32_t *host, n;      /* the hosts that are looked at */
    struct plan_level_pool *pool[PLAN_LEVEL_TYPES];
    int pools[PLAN_LEVEL_TYPES];
};

/* Of these hosts, or of all of them (n is 0). 0 or -ENOMEM; dispose either
 * way. */
int levels_take(struct levels *l, struct plan_cluster *c, const uint32_t *host,
                uint32_t n);
void levels_dispose(struct levels *l);

/* The pool of that type and vendor; NULL: there is none. */
const struct plan_level_pool *levels_find(const struct levels *l,
                                          enum plan_level_type type,
                                          const char *vendor);
/* What guests of the pool lose when it grows from `less` to this: 0 if it is
 * no vendor of `less`. */
void levels_lost(const struct levels *less, const struct plan_level_pool *pool,
                 struct plan_features *lost);
/* Whether all hosts carry a named level, and tell what they show: 0, or
 * -ENOENT and a sentence that names one that does not. */
int levels_check(const struct levels *l, unsigned level, struct msg *err);
/* Is the host one of those that are looked at, and does it carry less than it
 * did when the level was set? */
bool levels_gone(const struct levels *l, const struct level_kept_host *was,
                 struct plan_features *gone);
/* Hosts that do not tell what they show guests of that type. */
uint32_t levels_silent(const struct levels *l, enum plan_level_type type);

#endif
