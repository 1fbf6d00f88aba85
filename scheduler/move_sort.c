/* SPDX-License-Identifier: LGPL-2.1-only */
/* Brings the moves of a plan, or of a wave, into the order of their start. */
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <stdlib.h>

static int move_by_start(const void *pa, const void *pb, void *arg)
{
    const struct plan_move *m = arg;
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    if (m[a].start_s != m[b].start_s)
        return m[a].start_s < m[b].start_s ? -1 : 1;
    return a < b ? -1 : a > b;
}

int plan_sort_moves(struct plan_move **moves, uint32_t n)
{
    uint32_t *order = calloc(n + 1u, sizeof *order);
    uint32_t *place = calloc(n + 1u, sizeof *place);
    struct plan_move *sorted = calloc(n + 1u, sizeof *sorted);
    int rc = -ENOMEM;

    if (!order || !place || !sorted)
        goto out;
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    if (n)
        qsort_r(order, n, sizeof *order, move_by_start, *moves);
    for (uint32_t i = 0; i < n; i++) {
        place[order[i]] = i;
        sorted[i] = (*moves)[order[i]];
    }
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < sorted[i].after_n; k++)
            sorted[i].after[k] = place[sorted[i].after[k]];
    free(*moves);
    *moves = sorted;
    sorted = NULL;
    rc = 0;
out:
    free(order);
    free(place);
    free(sorted);
    return rc;
}
