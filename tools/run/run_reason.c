/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Gives each move of a run the reason of the host that it is made for. A plan
 * that is made again knows of no reasons, so they are the run's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run/run.h"

/* The move that waits for this one, or goes where this one makes room. */
static uint32_t reason_makes_room_for(const struct run *r, uint32_t move)
{
    for (uint32_t k = move + 1; k < r->move_n; k++)
        for (uint32_t a = 0; a < r->move[k].after_n; a++)
            if (r->move[k].after[a] == move)
                return k;
    for (uint32_t k = move + 1; k < r->move_n; k++)
        if (!strcmp(r->move[k].to, r->move[move].from))
            return k;
    return r->move_n;
}

/* The number of the host, among those of the goal; of later moves it is known. */
static size_t reason_host(const struct run *r, uint32_t move, uint32_t first,
                          const size_t *of)
{
    uint32_t k;

    for (size_t h = 0; h < r->hosts.n; h++)
        if (!strcmp(r->hosts.s[h], r->move[move].from))
            return h;
    k = reason_makes_room_for(r, move);
    return k < r->move_n ? of[k - first] : 0;
}

static char *reason_of(const struct run *r, const struct run_move *m, size_t h)
{
    char *text;

    if (!strcmp(r->hosts.s[h], m->from))
        return strdup(r->reasons.s[h]);
    if (asprintf(&text, "it makes room on %s: %s", m->from, r->reasons.s[h]) <
        0)
        return NULL;
    return text;
}

int run_give_reasons(struct run *r, uint32_t first)
{
    size_t *of;
    int rc = 0;

    if (!r->reasons.n || r->reasons.n != r->hosts.n)
        return 0;
    of = calloc((size_t)r->move_n - first + 1, sizeof *of);
    if (!of)
        return -ENOMEM;
    for (uint32_t i = r->move_n; i-- > first && !rc;) {
        struct run_move *m = &r->move[i];

        of[i - first] = reason_host(r, i, first, of);
        if (!m->reason && !(m->reason = reason_of(r, m, of[i - first])))
            rc = -ENOMEM;
    }
    free(of);
    return rc;
}
