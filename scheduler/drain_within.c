/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps a drain within the soft limits of hosts, as long as it can.
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* --- limits of hosts ----------------------------------------------------- */

/* MiB that a host has for more guests, within the limit. */
static int64_t within_room(const struct plan_cluster *c, uint32_t h,
                           enum drain_within within)
{
    int64_t most = within == WITHIN_LIMITS ? limits_mib(c, h) : c->host[h].cap;

    return most > c->used[h] ? most - c->used[h] : 0;
}

/* Threads that may be busy; a host with more of them may go on so. */
static double within_threads(const struct plan_cluster *c, uint32_t h,
                             enum drain_within within)
{
    double most = limits_threads(c, h);

    if (within == WITHIN_THREADS)
        most = fmax(most, c->host[h].cpus);
    return within == WITHIN_RULES ? INFINITY : fmax(most, c->cpu[h]);
}

int drain_keep_within(struct drain *d)
{
    const struct plan_cluster *c = d->c;

    for (uint32_t h = 0; h < c->nhost && d->within == WITHIN_LIMITS; h++)
        d->s.free[h] = within_room(c, h, WITHIN_LIMITS);
    if (d->within == WITHIN_RULES)
        return 0;
    d->cpu_most = calloc(c->nhost + 1, sizeof *d->cpu_most);
    if (!d->cpu_most)
        return -ENOMEM;
    for (uint32_t h = 0; h < c->nhost; h++)
        d->cpu_most[h] = within_threads(c, h, d->within);
    return 0;
}

void drain_drop_limits(struct drain *d)
{
    d->within = WITHIN_RULES;
    free(d->cpu_most);
    d->cpu_most = NULL;
}

/* Takes from what all need what one host has for them. */
static void within_take(const struct plan_cluster *c, uint32_t h,
                        enum drain_within within, int sign, int64_t *mem,
                        double *cpu)
{
    if (c->host[h].state != PLAN_UP)
        return;
    *mem -= sign * within_room(c, h, within);
    *cpu -= within == WITHIN_RULES
                ? 0
                : sign * (within_threads(c, h, within) - c->cpu[h]);
}

/* Is there room for all in sum? */
static bool within_has_room(const struct plan_cluster *c,
                            const uint32_t *drained, uint32_t n,
                            enum drain_within within)
{
    int64_t mem = 0;
    double cpu = 0;

    for (uint32_t i = 0; i < n; i++) {
        mem += c->used[drained[i]];
        cpu += c->cpu[drained[i]];
        within_take(c, drained[i], within, -1, &mem, &cpu);
    }
    for (uint32_t h = 0; h < c->nhost; h++)
        within_take(c, h, within, 1, &mem, &cpu);
    return mem <= 0 && cpu <= 1e-6;
}

enum drain_within drain_first_within(const struct plan_cluster *c,
                                     const uint32_t *drained, uint32_t n)
{
    enum drain_within within = WITHIN_LIMITS;

    while (within < WITHIN_RULES && !within_has_room(c, drained, n, within))
        within++;
    return within;
}

/* --- beyond them --------------------------------------------------------- */

/* Threads that may be busy where no limit can be kept any more. */
static double relieve_threads(const struct drain *d, uint32_t host)
{
    return fmax(limits_threads(d->c, host), d->c->host[host].cpus);
}

/* The cheapest host that could take the unit and would still have threads for
 * all; NONE: there is none. */
static uint32_t relieve_find(struct drain *d, const struct unit *u)
{
    uint32_t best = NONE;

    for (uint32_t i = 0; i < d->ncand; i++) {
        uint32_t h = d->cand[i];

        if (h == u->to || h == u->from ||
            d->s.cpu[h] + u->cpu > relieve_threads(d, h) ||
            !drain_fits(d, u, h))
            continue;
        if (best == NONE || drain_cost(d, u, h) < drain_cost(d, u, best))
            best = h;
    }
    return best;
}

/* Moves the unit to another host, if it can; the moves of those that make room
 * must still be possible one after another. */
static int relieve_unit(struct drain *d, uint32_t unit, bool *moved)
{
    const struct unit *u = &d->unit[unit];
    uint32_t was = u->to, host = relieve_find(d, u);
    int rc;

    if (host == NONE)
        return 0;
    drain_put(d, unit, host);
    rc = drain_order_displaced(d, NULL);
    if (rc == -EDEADLK)
        drain_put(d, unit, was);
    else
        *moved = true;
    return rc == -EDEADLK ? 0 : rc;
}

int drain_relieve(struct drain *d)
{
    bool moved = d->within == WITHIN_RULES;
    int rc = 0;

    d->undo_cap = 0;
    while (moved && !rc) {
        moved = false;
        for (uint32_t i = 0; i < d->nunit && !rc; i++) {
            const struct unit *u = &d->unit[i];

            if (u->to != NONE && u->to != u->from && u->cpu > 0 &&
                d->s.cpu[u->to] > relieve_threads(d, u->to) + 1e-9)
                rc = relieve_unit(d, i, &moved);
        }
    }
    return rc;
}
