/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes room for a guest of the wave where no gap is large enough: guests of
 * the chosen host go to smaller gaps elsewhere.
 *
 * Guests of the wave that were to come to that host go first, for they move
 * anyway. Others cost moves of their own. A host that lets such guests go gets
 * none of them, so that their moves need not wait for each other.
 */
#include "scheduler/roll_impl.h"

#include <errno.h>
#include <string.h>

enum {
    ROOM_HOSTS = 48, /* that are tried for a guest */
    ROOM_STEPS = 16, /* guests that make room on one of them */
};

struct room {
    struct roll *r;
    struct roll_item *it;
    uint32_t host;
    int64_t below; /* no gap was found for a guest of so much */
    struct roll_shift step[ROOM_STEPS];
    uint32_t n;
};

/* --- who makes room ------------------------------------------------------ */

static bool room_may_go(const struct room *m, uint32_t dom)
{
    const struct roll *r = m->r;
    const struct dom *v = &r->c->dom[dom];

    if (v->mem >= m->below || v->mate != dom)
        return false;
    if (r->item_of[dom] != NONE)
        return true;
    return !dom_fixed(v) && !r->shifted[dom] && !v->apart_racks.n &&
           !r->host[m->host].gets &&
           (double)(r->away_mib + v->mem) <= r->opt->max_away_gib * 1024;
}

/* Those of the wave first; then the smallest that is enough; or the largest. */
static bool room_is_better(const struct room *m, uint32_t a, uint32_t b)
{
    const struct roll *r = m->r;
    int64_t lacks = m->it->mem - r->s.free[m->host];
    int64_t x = r->c->dom[a].mem, y = r->c->dom[b].mem;
    bool moves_a = r->item_of[a] != NONE, moves_b = r->item_of[b] != NONE;

    if (moves_a != moves_b)
        return moves_a;
    if ((x >= lacks) != (y >= lacks))
        return x >= lacks;
    return x >= lacks ? x < y : x > y;
}

static uint32_t room_next(const struct room *m)
{
    const struct state *s = &m->r->s;
    uint32_t best = NONE;

    for (uint32_t v = s->head[m->host]; v != NONE; v = s->next[v])
        if (room_may_go(m, v) && (best == NONE || room_is_better(m, v, best)))
            best = v;
    return best;
}

/* --- steps --------------------------------------------------------------- */

static void room_step(struct room *m, uint32_t dom, uint32_t to)
{
    struct roll *r = m->r;

    m->step[m->n++] = (struct roll_shift){ dom, m->host, to };
    if (r->item_of[dom] == NONE)
        r->away_mib += r->c->dom[dom].mem;
    roll_move(r, dom, to);
}

static void room_undo(struct room *m)
{
    struct roll *r = m->r;

    while (m->n > 0) {
        const struct roll_shift *t = &m->step[--m->n];

        if (r->item_of[t->dom] == NONE)
            r->away_mib -= r->c->dom[t->dom].mem;
        roll_move(r, t->dom, t->from);
    }
}

/* Notes the guests that make room, and where items are now. */
static int room_keep(struct room *m)
{
    struct roll *r = m->r;

    for (uint32_t i = 0; i < m->n; i++) {
        const struct roll_shift *t = &m->step[i];

        if (r->item_of[t->dom] != NONE) {
            r->item[r->item_of[t->dom]].to = t->to;
            continue;
        }
        if (array_grow(&r->shift, &r->shift_room, r->shift_n + 1u,
                       sizeof *r->shift))
            return -ENOMEM;
        r->shift[r->shift_n++] = *t;
        r->shifted[t->dom] = true;
        r->host[t->from].gives = r->host[t->to].gets = true;
    }
    return 0;
}

/* --- on one host --------------------------------------------------------- */

static bool room_find_on(struct room *m)
{
    struct roll *r = m->r;

    m->below = m->it->mem;
    while (r->s.free[m->host] < m->it->mem) {
        uint32_t dom = m->n < ROOM_STEPS ? room_next(m) : NONE, to;
        struct roll_item it;

        if (dom == NONE)
            return false;
        it = roll_item(r, dom);
        it.from =
            r->item_of[dom] == NONE ? m->host : r->item[r->item_of[dom]].from;
        it.resident = r->item_of[dom] == NONE;
        to = roll_find_gap(r, &it, m->host);
        if (to == NONE)
            m->below = it.mem;
        else
            room_step(m, dom, to);
    }
    return roll_fits(r, m->it, m->host);
}

static int room_try(struct roll *r, struct roll_item *it, uint32_t host)
{
    struct room m = { .r = r, .it = it, .host = host };

    if (r->c->host[host].cap < it->mem || r->s.vfree[host] < it->vcpus ||
        !roll_suits(r, it, host))
        return 0;
    if (!room_find_on(&m)) {
        room_undo(&m);
        return 0;
    }
    roll_put(r, it, host);
    it->to = host;
    return room_keep(&m) ? -ENOMEM : 1;
}

/* The hosts with the largest gaps, of which most is missing least. */
int roll_make_room(struct roll *r, struct roll_item *it)
{
    uint32_t host[ROOM_HOSTS], n = 0;
    int rc = 0;

    for (int settled = 1; settled >= (r->opt->home ? 1 : 0); settled--) {
        uint32_t h = gaps_largest(r, settled, NONE);

        for (; h != NONE && n < ROOM_HOSTS; h = gaps_largest(r, settled, h))
            host[n++] = h;
    }
    for (uint32_t i = 0; i < n && !rc; i++)
        rc = room_try(r, it, host[i]);
    return rc;
}

static bool shift_undo(struct roll *r, const struct roll_shift *t)
{
    const struct dom *v = &r->c->dom[t->dom];

    if (r->s.free[t->from] < dom_mib_on(v, t->from) ||
        r->s.vfree[t->from] < v->vcpus ||
        !rules_group_ok(&r->s, t->dom, t->from))
        return false;
    roll_move(r, t->dom, t->from);
    r->away_mib -= v->mem;
    r->shifted[t->dom] = false;
    return true;
}

void roll_undo_shifts(struct roll *r)
{
    uint32_t kept = r->shift_n;

    for (uint32_t i = r->shift_n; i-- > 0;) {
        const struct roll_shift t = r->shift[i];

        r->host[t.from].gives = r->host[t.to].gets = false;
        if (shift_undo(r, &t))
            memmove(r->shift + i, r->shift + i + 1,
                    (--kept - i) * sizeof *r->shift);
    }
    r->shift_n = kept;
    for (uint32_t i = 0; i < kept; i++)
        r->host[r->shift[i].from].gives = r->host[r->shift[i].to].gets = true;
}
