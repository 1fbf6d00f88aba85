/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plans how guests go home: each that is away from the host where it belongs,
 * as far as rules and room allow, by one move each.
 *
 * No other guest is moved for it. Those that have to stay are named, with the
 * rule that keeps them off their home.
 */
#include "scheduler/home_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Each guest has one way to go, so the least that it can cost is known. */
static int home_write_moves(const struct homing *h, struct plan *p)
{
    int rc = 0;

    p->bound = 0;
    for (uint32_t i = 0; i < h->order_n; i++) {
        const struct home_unit *u = &h->unit[h->order[i]];
        int hops = plan_hops(h->c, u->from, u->to);
        double rate = plan_rate(h->c, u->from, u->to), gib;
        uint32_t m = u->first;

        for (uint32_t k = 0; k < u->guests && !rc; k++) {
            rc = plan_add_move(h->c, p, m, u->from, u->to, false);
            p->bound += score_cost(h->c, m, hops, rate, &gib);
            m = h->c->dom[m].mate;
        }
    }
    return rc;
}

static int home_write_stranded(struct homing *h, struct plan *p)
{
    int rc = 0;

    for (uint32_t i = 0; i < p->goal_guest_n && !rc; i++)
        if (h->s.at[p->goal_guest[i]] == h->c->dom[p->goal_guest[i]].host)
            rc = homing_strand(h, p, p->goal_guest[i]);
    return rc;
}

/* Why there are no moves. */
static int home_write_text(struct plan_cluster *c, struct plan *p)
{
    if (p->move_n)
        return 0;
    if (!p->goal_guest_n)
        p->text = plan_asprintf("no guest is known to be away from home");
    else if (p->goal_guest_n == 1)
        p->text = plan_asprintf("%s cannot go home",
                                plan_domain_name(c, p->goal_guest[0]));
    else
        p->text = plan_asprintf("none of the %u guests that are away from "
                                "home can go there",
                                p->goal_guest_n);
    return p->text ? 0 : -ENOMEM;
}

/* Those that are away, each once. */
static int home_write_guests(struct plan_cluster *c, struct plan *p,
                             const uint32_t *dom, uint32_t n)
{
    uint8_t *has = calloc((size_t)c->ndom + 1, 1);

    p->goal_guest = calloc((size_t)n + 1, sizeof *p->goal_guest);
    for (uint32_t i = 0; has && p->goal_guest && i < n; i++) {
        if (has[dom[i]] || !plan_domain_home(c, dom[i]))
            continue;
        has[dom[i]] = 1;
        p->goal_guest[p->goal_guest_n++] = dom[i];
    }
    free(has);
    return has && p->goal_guest ? 0 : -ENOMEM;
}

static int home_solve(struct plan_cluster *c, struct plan *p)
{
    struct homing h;
    int rc = homing_init(&h, c, p->goal_guest, p->goal_guest_n);

    if (!rc)
        rc = homing_search(&h);
    if (!rc)
        rc = home_write_moves(&h, p);
    if (!rc)
        rc = home_write_stranded(&h, p);
    homing_dispose(&h);
    return rc;
}

int plan_home(struct plan_cluster *c, const uint32_t *dom, uint32_t n,
              struct plan **plan_r)
{
    struct plan *p = plan_new(c, PLAN_GOAL_HOME);
    int rc = p ? home_write_guests(c, p, dom, n) : -ENOMEM;

    *plan_r = NULL;
    if (!rc)
        rc = home_solve(c, p);
    if (!rc)
        rc = home_write_text(c, p);
    if (!rc)
        rc = plan_finish(c, p);
    if (rc)
        plan_free(p);
    else
        *plan_r = p;
    return rc;
}
