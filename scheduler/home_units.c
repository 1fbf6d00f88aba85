/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes the units that can go home, and lets them go in a state. */
#include "scheduler/home_impl.h"

#include <errno.h>
#include <stdlib.h>

/* --- which can go -------------------------------------------------------- */

static uint32_t home_host(const struct plan_cluster *c, uint32_t dom)
{
    const char *home = plan_domain_home(c, dom);

    return home ? plan_find_host(c, home) : NONE;
}

uint32_t homing_home_of(struct plan_cluster *c, uint32_t dom)
{
    uint32_t to = home_host(c, dom), m = dom;

    do {
        if (to == NONE || home_host(c, m) != to || rules_static(c, m, to))
            return NONE;
        m = c->dom[m].mate;
    } while (m != dom);
    return to;
}

/* --- units --------------------------------------------------------------- */

static struct home_unit home_unit_of(const struct plan_cluster *c,
                                     uint32_t first, uint32_t to)
{
    struct home_unit u = { .first = first,
                           .from = c->dom[first].host,
                           .to = to };
    uint32_t m = first;

    do {
        const struct dom *v = &c->dom[m];

        u.guests++;
        u.mem += v->mem;
        u.held += v->held;
        u.vcpus += v->vcpus;
        u.racked |= v->apart_racks.n > 0;
        u.tied |= u.racked || v->apart.n || v->name_clash || v->device.n;
        m = v->mate;
    } while (m != first);
    return u;
}

/* The least memory for a guest first: a choice in this order has most guests
 * where memory alone is short. */
static int home_unit_by_size(const void *pa, const void *pb)
{
    const struct home_unit *a = pa, *b = pb;
    int64_t x = a->mem * b->guests, y = b->mem * a->guests;

    if (x != y)
        return x < y ? -1 : 1;
    return a->first < b->first ? -1 : a->first > b->first;
}

static void home_add_unit(struct homing *h, uint32_t first)
{
    uint32_t to = homing_home_of(h->c, first);
    struct home_unit u;

    if (to == NONE)
        return;
    u = home_unit_of(h->c, first, to);
    h->unit[h->unit_n++] = u;
    h->want[to].mem += u.mem;
    h->want[to].vcpus += u.vcpus;
}

/* When they are in their order. */
static void home_list_units(struct homing *h)
{
    for (uint32_t i = 0; i < h->c->nhost; i++)
        h->want[i].first = NONE;
    for (uint32_t i = h->unit_n; i-- > 0;) {
        struct home_unit *u = &h->unit[i];

        u->next = h->want[u->to].first;
        h->want[u->to].first = i;
        if (u->racked)
            h->racked[h->racked_n++] = i;
    }
    for (uint32_t i = 0; i < h->unit_n; i++)
        h->rest[h->rest_n++] = i;
}

/* Several of the guests may be of one unit. */
static int home_make_units(struct homing *h, const uint32_t *dom, uint32_t n)
{
    uint8_t *had = calloc((size_t)h->c->ndom + 1, 1);

    if (!had)
        return -ENOMEM;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t first = h->c->dom[dom[i]].unit;

        if (!had[first])
            home_add_unit(h, first);
        had[first] = 1;
    }
    free(had);
    if (h->unit_n)
        qsort(h->unit, h->unit_n, sizeof *h->unit, home_unit_by_size);
    home_list_units(h);
    return 0;
}

/* A number for each unit, by which sets of them are told apart. */
static uint64_t home_hash(uint32_t unit)
{
    uint64_t z = (unit + 1ull) * 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

int homing_init(struct homing *h, struct plan_cluster *c, const uint32_t *dom,
                uint32_t n)
{
    int rc;

    *h = (struct homing){ .c = c, .set = home_hash(PLAN_NONE - 1) };
    rc = state_init(&h->s, c);
    h->unit = calloc((size_t)n + 1, sizeof *h->unit);
    h->order = calloc((size_t)n + 1, sizeof *h->order);
    h->best = calloc((size_t)n + 1, sizeof *h->best);
    h->rest = calloc((size_t)n + 1, sizeof *h->rest);
    h->racked = calloc((size_t)n + 1, sizeof *h->racked);
    h->want = calloc((size_t)c->nhost + 1, sizeof *h->want);
    h->room = calloc((size_t)c->nhost + 1, sizeof *h->room);
    if (rc || !h->unit || !h->order || !h->best || !h->rest || !h->racked ||
        !h->want || !h->room)
        return -ENOMEM;
    return home_make_units(h, dom, n);
}

void homing_dispose(struct homing *h)
{
    state_dispose(&h->s);
    free(h->unit);
    free(h->order);
    free(h->best);
    free(h->rest);
    free(h->racked);
    free(h->want);
    free(h->room);
    free(h->seen);
    *h = (struct homing){ .c = NULL };
}

/* --- going --------------------------------------------------------------- */

static void home_move_all(struct homing *h, uint32_t first, uint32_t n,
                          uint32_t to)
{
    for (uint32_t m = first; n; n--, m = h->c->dom[m].mate)
        state_move(&h->s, m, to);
}

bool homing_fits(struct homing *h, uint32_t unit)
{
    const struct home_unit *u = &h->unit[unit];
    uint32_t m = u->first, came = 0;

    if (h->s.free[u->to] < u->mem || h->s.vfree[u->to] < u->vcpus)
        return false;
    if (!u->tied)
        return true;
    while (came < u->guests && rules_group_ok(&h->s, m, u->to)) {
        state_move(&h->s, m, u->to);
        came++;
        m = h->c->dom[m].mate;
    }
    home_move_all(h, u->first, came, u->from);
    return came == u->guests;
}

/* sign 1: it goes, -1: it comes back. */
static void home_count(struct homing *h, uint32_t unit, int sign)
{
    struct home_unit *u = &h->unit[unit];

    home_move_all(h, u->first, u->guests, sign > 0 ? u->to : u->from);
    u->gone = sign > 0;
    h->want[u->to].mem -= sign * u->mem;
    h->want[u->to].vcpus -= sign * u->vcpus;
    if (sign > 0)
        h->guests += u->guests;
    else
        h->guests -= u->guests;
    h->set ^= home_hash(unit);
}

void homing_go(struct homing *h, uint32_t unit)
{
    h->order[h->order_n++] = unit;
    home_count(h, unit, 1);
}

void homing_undo(struct homing *h)
{
    home_count(h, h->order[--h->order_n], -1);
}
