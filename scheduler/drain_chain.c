/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds a place for a unit by chains: it takes the place of others, which take
 * the place of others, and so on.
 *
 * This tries every way, those first that move fewest units, until its looks
 * are spent; where the local search (drain_search.c) only takes steps that pay
 * at once. On a small cluster it sees all that moving each guest once can do.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>

enum {
    EVICTED_MAX = 6,  /* units that make way, in all */
    LOOKS = 3000000,  /* at hosts, for one unit, */
    LOOKS_EACH = 300, /* and at most so many for each unit at each host */
    TRIES = 4,        /* units that find nothing */
    SWAP_LOOKS = 200, /* that an order of moves counts for, at least */
};

struct chain {
    struct drain *d;
    uint32_t *pending; /* units that look for a place, the next one last */
    uint32_t n;
    uint32_t *barred; /* by unit: the host that it was taken from; NONE */
    uint32_t *list;   /* units of the hosts that are looked at, as a stack */
    uint32_t nlist;
    size_t room;
    int left; /* how many more may be taken off their hosts */
    int rc;
};

static bool chain_solve(struct chain *ch);

/* Goes on with the unit on this host, if it fits; undone when that leads to
 * nothing. */
static bool chain_try(struct chain *ch, uint32_t unit, uint32_t host)
{
    struct drain *d = ch->d;

    if (!drain_fits(d, &d->unit[unit], host))
        return false;
    drain_put(d, unit, host);
    if (chain_solve(ch))
        return true;
    drain_put(d, unit, NONE);
    return false;
}

/* --- off the host -------------------------------------------------------- */

/* Lists the units on a host that may make way. */
static int chain_list_host(struct chain *ch, uint32_t host)
{
    struct drain *d = ch->d;

    for (uint32_t v = d->s.head[host]; v != NONE; v = d->s.next[v]) {
        uint32_t w = d->unit_of[v];

        if (w == NONE || d->unit[w].to != host || d->unit[w].fixed ||
            ch->barred[w] != NONE || d->unit_dom[d->unit[w].first] != v)
            continue;
        if (array_grow(&ch->list, &ch->room, ch->nlist + 1u, sizeof *ch->list))
            return -ENOMEM;
        ch->list[ch->nlist++] = w;
    }
    return 0;
}

/* Takes some of list[from .. to) off the host, so that the unit fits. */
static bool chain_evict(struct chain *ch, uint32_t unit, uint32_t host,
                        uint32_t from, uint32_t to)
{
    struct drain *d = ch->d;

    for (uint32_t i = from; i < to && !drain_looks_spent(d); i++) {
        uint32_t w = ch->list[i];
        bool found;

        drain_put(d, w, NONE);
        ch->barred[w] = host;
        ch->pending[ch->n++] = w;
        ch->left--;
        if (drain_fits(d, &d->unit[unit], host))
            found = chain_try(ch, unit, host);
        else
            found = ch->left > 0 && chain_evict(ch, unit, host, i + 1, to);
        if (found)
            return true;
        ch->left++;
        ch->n--;
        ch->barred[w] = NONE;
        drain_put(d, w, host);
    }
    return false;
}

static bool chain_make_room(struct chain *ch, uint32_t unit, uint32_t host)
{
    struct drain *d = ch->d;
    const struct unit *u = &d->unit[unit];
    uint32_t from = ch->nlist, to;
    bool found;

    if (!drain_suits(d, u, host) || d->c->host[host].cap < u->mem ||
        d->c->host[host].vcap < u->vcpus || drain_fits(d, u, host))
        return false;
    ch->rc = chain_list_host(ch, host);
    if (ch->rc)
        return false;
    to = ch->nlist;
    found = chain_evict(ch, unit, host, from, to);
    ch->nlist = from;
    return found;
}

/* --- from one to the next ------------------------------------------------ */

/* All have a place: can the moves be made one after another? */
static bool chain_is_safe(struct chain *ch)
{
    int rc;

    ch->d->work += SWAP_LOOKS;
    rc = drain_order_displaced(ch->d, NULL);
    if (rc && rc != -EDEADLK)
        ch->rc = rc;
    return !rc;
}

/* The hosts of a unit in the order of their cost; first where it has room,
 * then (making) where others make way. */
static bool chain_hosts(struct chain *ch, uint32_t unit, bool making)
{
    struct drain *d = ch->d;
    const struct unit *u = &d->unit[unit];
    uint32_t rings = d->src[u->src].ring_n;

    for (uint32_t k = 0; k < rings; k++) {
        uint32_t r = d->order[u->order + k], n = drain_ring_at(d, u, r)->n;

        for (uint32_t i = 0; i < n; i++) {
            uint32_t h = drain_ring_host(d, u, r, i);

            if (drain_looks_spent(d) || ch->rc)
                return false;
            d->work++;
            if (h != ch->barred[unit] && h != u->from &&
                (making ? chain_make_room(ch, unit, h)
                        : chain_try(ch, unit, h)))
                return true;
        }
    }
    return false;
}

static bool chain_solve(struct chain *ch)
{
    struct drain *d = ch->d;
    uint32_t unit;
    bool found;

    if (!ch->n)
        return chain_is_safe(ch);
    unit = ch->pending[--ch->n];
    found = d->unit[unit].displaceable &&
            d->unit[unit].from != ch->barred[unit] &&
            chain_try(ch, unit, d->unit[unit].from);
    if (!found)
        found = chain_hosts(ch, unit, false);
    if (!found && ch->left > 0)
        found = chain_hosts(ch, unit, true);
    if (!found)
        ch->pending[ch->n++] = unit;
    return found;
}

/* Fewer units that make way come first. */
static bool chain_place(struct chain *ch, uint32_t unit)
{
    struct drain *d = ch->d;
    bool found = false;

    d->work = 0;
    d->work_max = LOOKS_EACH * (uint64_t)d->nunit * d->ncand;
    d->work_max = d->work_max < LOOKS ? d->work_max : LOOKS;
    for (int k = 0; k <= EVICTED_MAX && !found && !ch->rc; k++) {
        ch->left = k;
        ch->n = 0;
        ch->pending[ch->n++] = unit;
        found = chain_solve(ch);
    }
    for (uint32_t i = 0; i < d->nunit; i++)
        ch->barred[i] = NONE;
    return found;
}

int drain_chain(struct drain *d)
{
    struct chain ch = { .d = d };
    /* when one stays, there is no plan; but the others are to leave */
    int tries = d->c->set.best_effort ? TRIES : 1;

    ch.pending = calloc((size_t)d->nunit + 1, sizeof *ch.pending);
    ch.barred = malloc(((size_t)d->nunit + 1) * sizeof *ch.barred);
    ch.rc = ch.pending && ch.barred ? 0 : -ENOMEM;
    for (uint32_t i = 0; i < d->nunit && !ch.rc; i++)
        ch.barred[i] = NONE;
    d->undo_cap = 0; /* it takes its steps back itself */
    for (uint32_t i = 0; i < d->nunit && !ch.rc && tries > 0; i++)
        if (d->unit[i].to == NONE && !d->unit[i].fixed && !chain_place(&ch, i))
            tries--;
    free(ch.pending);
    free(ch.barred);
    free(ch.list);
    return ch.rc;
}
