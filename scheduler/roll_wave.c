/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plans one wave: a place for each guest of its hosts, the largest guests
 * first. A host one of whose guests finds none waits for a later wave.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <stdlib.h>

/* --- the guests of the wave ---------------------------------------------- */

static int items_add(struct roll *r, uint32_t dom)
{
    struct roll_item it = roll_item(r, dom);
    uint32_t m = dom;

    if (array_grow(&r->item, &r->item_room, r->item_n + 1u, sizeof it))
        return -ENOMEM;
    do {
        r->item_of[m] = r->item_n;
        m = r->c->dom[m].mate;
    } while (m != dom);
    r->away_mib += it.mem;
    r->item[r->item_n++] = it;
    return 0;
}

static int item_largest_first(const void *pa, const void *pb)
{
    const struct roll_item *a = pa, *b = pb;

    if (a->mem != b->mem)
        return a->mem > b->mem ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

static int items_make(struct roll *r)
{
    int rc = 0;

    r->item_n = 0;
    for (uint32_t i = 0; i < r->down_n; i++)
        for (uint32_t v = r->s.head[r->down[i]]; v != NONE && !rc;
             v = r->s.next[v])
            if (r->item_of[v] == NONE)
                rc = items_add(r, v);
    if (rc)
        return rc;
    if (r->item_n)
        qsort(r->item, r->item_n, sizeof *r->item, item_largest_first);
    for (uint32_t i = 0; i < r->item_n; i++) {
        uint32_t m = r->item[i].first;

        do {
            r->item_of[m] = i;
            m = r->c->dom[m].mate;
        } while (m != r->item[i].first);
    }
    return 0;
}

/* --- places -------------------------------------------------------------- */

/* The host's guests are where they were, and it takes guests again. */
static void wave_drop(struct roll *r, uint32_t host)
{
    for (uint32_t i = 0; i < r->item_n; i++) {
        struct roll_item *it = &r->item[i];
        uint32_t m = it->first;

        if (it->from != host || it->dropped)
            continue;
        it->dropped = true;
        if (it->to != NONE)
            roll_put(r, it, host);
        do {
            r->item_of[m] = NONE;
            m = r->c->dom[m].mate;
        } while (m != it->first);
        r->away_mib -= it->mem;
    }
    roll_unpick(r, host);
}

static int wave_place(struct roll *r, struct roll_item *it)
{
    uint32_t to = roll_find(r, it);
    int rc;

    if (to != NONE) {
        it->to = to;
        roll_put(r, it, to);
        return 0;
    }
    rc = roll_make_room(r, it);
    if (rc)
        return rc < 0 ? rc : 0;
    r->late = it->from;
    r->late_dom = r->host[it->from].stuck = it->first;
    wave_drop(r, it->from);
    return 0;
}

int roll_pack(struct roll *r)
{
    int rc = items_make(r);

    for (uint32_t i = 0; i < r->item_n && !rc; i++)
        if (!r->item[i].dropped)
            rc = wave_place(r, &r->item[i]);
    if (!rc)
        roll_undo_shifts(r);
    return rc;
}

/* --- keeping it ---------------------------------------------------------- */

/* Those that make room first, which is an order that is safe one by one. */
static int wave_moves(struct roll *r, struct plan *p)
{
    int rc = 0;

    for (uint32_t i = 0; i < r->shift_n && !rc; i++)
        rc = plan_add_move(r->c, p, r->shift[i].dom, r->shift[i].from,
                           r->shift[i].to, true);
    for (uint32_t i = 0; i < r->item_n && !rc; i++) {
        const struct roll_item *it = &r->item[i];
        uint32_t m = it->first;

        do {
            if (!it->dropped && !rc)
                rc = plan_add_move(r->c, p, m, it->from, it->to, false);
            m = r->c->dom[m].mate;
        } while (m != it->first);
    }
    return rc;
}

static int host_by_number(const void *pa, const void *pb)
{
    uint32_t a = *(const uint32_t *)pa, b = *(const uint32_t *)pb;

    return a < b ? -1 : a > b;
}

static int wave_write(struct roll *r)
{
    struct plan_roll *p = r->p;
    struct plan_roll_wave *w;
    struct plan *away;

    if (array_grow(&p->wave, &r->wave_room, p->wave_n + 1u, sizeof *p->wave) ||
        array_grow(&r->away, &r->away_room, p->wave_n + 1u, sizeof *r->away))
        return -ENOMEM;
    w = &p->wave[p->wave_n];
    *w = (struct plan_roll_wave){ .host_n = r->down_n,
                                  .canary = r->opt->canary && !p->wave_n };
    away = plan_new(r->c, PLAN_GOAL_DRAIN);
    w->host = calloc(r->down_n + 1u, sizeof *w->host);
    r->away[p->wave_n++] = away;
    if (!away || !w->host)
        return -ENOMEM;
    for (uint32_t i = 0; i < r->down_n; i++)
        w->host[i] = r->down[i];
    qsort(w->host, w->host_n, sizeof *w->host, host_by_number);
    p->hosts += r->down_n;
    return wave_moves(r, away);
}

/* Nobody is under way any more; where guests return, all are where they were. */
static void wave_forget(struct roll *r)
{
    const struct plan *away = r->away[r->p->wave_n - 1];

    for (uint32_t i = away->move_n; i-- > 0;) {
        const struct plan_move *m = &away->move[i];
        const struct dom *v = &r->c->dom[m->domain];

        r->item_of[m->domain] = NONE;
        r->shifted[m->domain] = false;
        r->host[m->from].gives = r->host[m->to].gets = false;
        for (uint32_t k = 0; k < v->apart.n; k++)
            r->apart_down[r->c->pool[v->apart.at + k]] = 0;
        if (r->opt->home)
            roll_move(r, m->domain, m->from);
    }
    r->item_n = r->shift_n = r->down_n = 0;
    r->away_mib = 0;
}

int roll_keep(struct roll *r)
{
    int rc = wave_write(r);

    if (rc)
        return rc;
    for (uint32_t i = 0; i < r->down_n; i++) {
        struct roll_host *h = &r->host[r->down[i]];

        h->phase = ROLL_DONE;
        h->stuck = NONE;
        if (r->to_xen != NONE)
            h->xen = r->to_xen;
        gaps_update(r, r->down[i]);
    }
    wave_forget(r);
    return 0;
}
