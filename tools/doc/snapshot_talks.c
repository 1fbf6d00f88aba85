/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what a snapshot's domains send each other: planning places those that
 * talk with each other near each other. */
#include "tools/doc/snapshot_impl.h"

#include <errno.h>
#include <stdlib.h>

#include "tools/doc/sight_talks.h"

int snap_talks_add(struct snap_reader *r, const struct json *v,
                   const char *uuid)
{
    uint32_t dom = plan_find_domain(r->s->cluster, uuid);

    if (dom == PLAN_NONE || !json_get(v, "macs"))
        return 0;
    if (!r->talks)
        r->talks = calloc(1, sizeof *r->talks);
    return r->talks ? sight_talks_add(r->talks, dom, v) : -ENOMEM;
}

int snap_talks_end(struct snap_reader *r)
{
    struct loop_talk *talk;
    uint32_t n;
    int rc;

    if (!r->talks)
        return 0;
    rc = sight_talks_join(r->talks, &talk, &n);
    if (rc)
        return rc;
    rc = plan_add_talks(r->s->cluster, talk, n);
    free(talk);
    return rc;
}

void snap_talks_dispose(struct snap_reader *r)
{
    if (r->talks)
        sight_talks_dispose(r->talks);
    free(r->talks);
    r->talks = NULL;
}
