/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads rackhop-level-kept/1: the CPU level that was set, for a host
 * that starts guests under it, and for those who compare hosts with it. */
#ifndef RACKHOP_DOC_LEVEL_KEPT_H
#define RACKHOP_DOC_LEVEL_KEPT_H

#include "scheduler/level.h"
#include "tools/base/msg.h"
#include "tools/base/strlist.h"

struct level_kept {
    char level[32];
    char vendor[64]; /* of the hosts' CPUs; "": not known */
    char since[32];  /* when it was set, UTC */
    struct plan_features hidden[PLAN_LEVEL_TYPES];
    /* what each host carried then, of HVM guests; hosts do not get this part,
     * for it is long */
    struct level_kept_host {
        char name[256];
        struct plan_features carried;
    } * host;
    size_t hosts;
};

/* Of the hosts of these pools, now; pv may be NULL. 0 or -ENOMEM; dispose
 * either way. */
int level_kept_make(struct level_kept *k, const struct plan_cluster *c,
                    const struct plan_level_pool *hvm,
                    const struct plan_level_pool *pv, unsigned level);
/* Without the hosts if `brief`. To be freed; NULL: no memory. */
char *level_kept_format(const struct level_kept *k, bool brief);
/* 0; or a negative errno and a sentence. Dispose either way. */
int level_kept_parse(struct level_kept *k, const char *text, size_t len,
                     struct msg *err);
void level_kept_dispose(struct level_kept *k);

#endif
