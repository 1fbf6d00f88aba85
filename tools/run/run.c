/* SPDX-License-Identifier: LGPL-2.1-only */
/* Adds a plan's moves to a run, and answers questions about its moves. */
#include "tools/run/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The plan's moves in an order in which each comes after those that it waits
 * for. NULL: out of memory, or there is no such order. */
static uint32_t *run_order_of(const struct plan_doc *p)
{
    uint32_t *order = calloc((size_t)p->move_n + 1, sizeof *order);
    bool *out = calloc((size_t)p->move_n + 1, sizeof *out);
    uint32_t n = 0, before;

    do {
        before = n;
        for (uint32_t i = 0; order && out && i < p->move_n; i++) {
            bool ready = !out[i];

            for (uint32_t k = 0; ready && k < p->move[i].after_n; k++)
                ready = out[p->move[i].after[k]];
            if (ready) {
                out[i] = true;
                order[n++] = i;
            }
        }
    } while (n != before && n < p->move_n);
    if (!out || n < p->move_n) {
        free(order);
        order = NULL;
    }
    free(out);
    return order;
}

/* place: the index in the run of each move of the plan. */
static int run_add_move(struct run *r, const struct plan_doc_move *from,
                        const uint32_t *place)
{
    struct run_move *m;
    int rc = run_grow(r);

    if (rc)
        return rc;
    m = &r->move[r->move_n++];
    *m = (struct run_move){
        .uuid = strdup(from->domain),
        .name = strdup(from->name),
        .from = strdup(from->from),
        .to = strdup(from->to),
        .gib = from->gib,
        .wire_gib = from->wire_gib,
        .cost = from->cost,
        .start_s = from->start_s,
        .seconds = from->seconds,
        .rate_mbps = from->rate_mbps,
        .downtime_ms = from->downtime_ms,
        .hops = from->hops,
        .path_unknown = from->path_unknown,
        .lanes = from->lanes,
        .after = calloc((size_t)from->after_n + 1, sizeof *m->after),
        .after_n = from->after_n,
        .bytes = -1,
        .took_s = -1,
        .stopped_ms = -1,
        .last_copy_ms = -1,
    };
    if (!m->uuid || !m->name || !m->from || !m->to || !m->after)
        return -ENOMEM;
    m->reason = from->reason ? strdup(from->reason) : NULL;
    if (from->reason && !m->reason)
        return -ENOMEM;
    for (uint32_t i = 0; i < from->after_n; i++)
        m->after[i] = place[from->after[i]];
    return 0;
}

int run_add_plan(struct run *r, const struct plan_doc *p)
{
    uint32_t *order = run_order_of(p), *place, base = r->move_n;
    int rc = 0;

    place = calloc((size_t)p->move_n + 1, sizeof *place);
    if (!order || !place)
        rc = -ENOMEM;
    for (uint32_t i = 0; i < p->move_n && !rc; i++)
        place[order[i]] = base + i;
    for (uint32_t i = 0; i < p->move_n && !rc; i++)
        rc = run_add_move(r, &p->move[order[i]], place);
    if (!rc)
        rc = run_give_reasons(r, base);
    free(order);
    free(place);
    r->plans++;
    if (rc)
        run_drop_plan(r, base);
    return rc;
}

void run_drop_plan(struct run *r, uint32_t move_n)
{
    run_cut(r, move_n);
    r->plans--;
}

void run_replace_waiting(struct run *r)
{
    for (uint32_t i = 0; i < r->move_n; i++)
        if (run_waits(&r->move[i]))
            r->move[i].replaced = true;
}

void run_move_id(const struct run *r, uint32_t move, char *buf, size_t len)
{
    snprintf(buf, len, "%s.%u.%u", r->name, move + 1, r->move[move].attempt);
}

/* --- questions --------------------------------------------------------------- */

bool run_waits(const struct run_move *m)
{
    return m->state == MOVE_PLANNED && !m->replaced;
}

bool run_any_waits(const struct run *r)
{
    for (uint32_t i = 0; i < r->move_n; i++)
        if (run_waits(&r->move[i]))
            return true;
    return false;
}

bool run_is_last(const struct run *r, uint32_t move)
{
    for (uint32_t i = move + 1; i < r->move_n; i++)
        if (!strcmp(r->move[i].uuid, r->move[move].uuid))
            return false;
    return true;
}

bool run_has_host(const struct run *r, const char *host)
{
    return strlist_has(&r->hosts, host);
}

uint32_t run_made(const struct run *r)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->move_n; i++)
        n += r->move[i].state == MOVE_DONE || r->move[i].state == MOVE_STARTED;
    return n;
}

double run_made_gib(const struct run *r)
{
    double sum = 0;

    for (uint32_t i = 0; i < r->move_n; i++)
        if (r->move[i].state == MOVE_DONE || r->move[i].state == MOVE_STARTED)
            sum += r->move[i].gib;
    return sum;
}

unsigned run_failures(const struct run *r, const char *uuid)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < r->move_n; i++)
        n += r->move[i].state == MOVE_FAILED && !strcmp(r->move[i].uuid, uuid);
    return n;
}
