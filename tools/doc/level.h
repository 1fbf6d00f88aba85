/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes rackhop-level/1: the CPU levels of hosts, and what hosts and guests
 * lack. */
#ifndef RACKHOP_DOC_LEVEL_H
#define RACKHOP_DOC_LEVEL_H

#include "scheduler/level.h"
#include "tools/doc/json.h"

/* The document begins with its format and the hosts that it is about; what
 * follows are members of it, each written once. */
void level_begin(struct json_out *o, struct plan_cluster *c,
                 const uint32_t *host, uint32_t n);
/* Pools of one type as elements of the array "pools"; lost (may be NULL, or
 * one for each pool): what they lose when they grow. */
void level_write_pool(struct json_out *o, struct plan_cluster *c,
                      const struct plan_level_pool *p,
                      const struct plan_features *lost);
void level_write_audit(struct json_out *o, struct plan_cluster *c,
                       const struct plan_level_audit *a);
/* An element of "gone": a host that carries less than it did. */
void level_write_gone(struct json_out *o, const char *host, const char *since,
                      const struct plan_features *gone);
void level_end(struct json_out *o);

/* [ "avx2", .. ]; a feature without a name is "bit 3 of word 20". */
void level_write_features(struct json_out *o, const char *key,
                          const struct plan_features *f);

#endif
