/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Proves that no plan can empty the hosts, by apart groups.
 *
 * Only guests of the group that have to leave need a place, and each needs a
 * host of its own without another of the group. Those that share a host
 * already may go on to; those that stand where one has to come could step
 * aside, so the hosts that these may go to count as well, and so on.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct
    group_hosts { /* where the leaving ones, and those in their way, can be */
    uint8_t *sig; /* by host signature */
    uint32_t *on; /* members by host; all 0 between two groups */
    uint32_t leave, stay, hosts, taken;
};

static bool group_member_stays(const struct drain *d, const struct dom *v)
{
    return !d->drained[v->host] && d->c->host[v->host].state == PLAN_UP;
}

/* Adds the hosts that suit a member. True: one was new. */
static bool group_add_hosts(const struct drain *d, const struct dom *v,
                            uint8_t *sig)
{
    bool more = false;

    for (uint32_t h = 0; h < d->c->hsig.n; h++)
        if (!sig[h] && !rules_sig(d->c, v->sig, h))
            sig[h] = more = true;
    return more;
}

/* The hosts of the leaving ones; then again and again those of members that
 * stand there and may leave. */
static void group_find_hosts(const struct drain *d, const struct group *gr,
                             uint8_t *sig)
{
    const struct plan_cluster *c = d->c;
    bool more = true;

    memset(sig, 0, c->hsig.n);
    for (uint32_t i = 0; i < gr->n; i++) {
        const struct dom *v = &c->dom[c->member[gr->at + i]];

        if (d->drained[v->host] && !v->odd)
            group_add_hosts(d, v, sig);
    }
    while (more) {
        more = false;
        for (uint32_t i = 0; i < gr->n; i++) {
            const struct dom *v = &c->dom[c->member[gr->at + i]];

            if (group_member_stays(d, v) && sig[c->host[v->host].sig] &&
                !dom_fixed(v))
                more |= group_add_hosts(d, v, sig);
        }
    }
}

static void group_count(const struct drain *d, const struct group *gr,
                        struct group_hosts *g)
{
    const struct plan_cluster *c = d->c;

    g->leave = g->stay = g->hosts = g->taken = 0;
    for (uint32_t i = 0; i < gr->n; i++) {
        const struct dom *v = &c->dom[c->member[gr->at + i]];

        g->leave += d->drained[v->host] && !v->odd;
        if (!group_member_stays(d, v) || !g->sig[c->host[v->host].sig])
            continue;
        g->stay++;
        g->taken += !g->on[v->host]++;
    }
    for (uint32_t i = 0; i < d->ncand; i++)
        g->hosts += g->sig[c->host[d->cand[i]].sig];
    for (uint32_t i = 0; i < gr->n; i++)
        g->on[c->dom[c->member[gr->at + i]].host] = 0;
}

static int group_check(struct drain *d, uint32_t group, struct group_hosts *g)
{
    const struct group *gr = &d->c->group[group];
    const char *name = intern_get(&d->c->word, group);
    uint32_t need, have;

    if (gr->n < 2 || gr->soft)
        return 0;
    group_find_hosts(d, gr, g->sig);
    group_count(d, gr, g);
    if (g->leave <= g->hosts - g->taken)
        return 0;
    need = g->leave + g->stay;
    have = g->hosts - g->taken + g->stay;
    return drain_proven(
        d, PLAN_APART, need, have,
        g->stay == g->taken
            ? plan_asprintf("%u guests are to be kept apart (group %s), and "
                            "%u hosts remain for them",
                            need, name, have)
            : plan_asprintf("%u guest%s of group %s, to be kept apart, must "
                            "leave, but only %u of the %u hosts that remain "
                            "for them are without one of the group",
                            g->leave, g->leave == 1 ? "" : "s", name,
                            g->hosts - g->taken, g->hosts));
}

int drain_infeasible_groups(struct drain *d)
{
    struct group_hosts g = { .sig = calloc(d->c->hsig.n + 1, 1),
                             .on = calloc(d->c->nhost + 1, sizeof *g.on) };
    int rc = g.sig && g.on ? 0 : -ENOMEM;

    for (uint32_t i = 0; i < d->nunit_dom && !rc && !d->p->infeasible; i++) {
        const struct span a = d->c->dom[d->unit_dom[i]].apart;

        for (uint32_t k = 0; k < a.n && !rc && !d->p->infeasible; k++)
            rc = group_check(d, d->c->pool[a.at + k], &g);
    }
    free(g.sig);
    free(g.on);
    return rc;
}
