/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Plans an evacuation: hosts go down at a known time, and what matters most
 * leaves them first.
 *
 * A drain of some of their guests (goal_drain.c) is planned again and again: as
 * many guests as fit, in the order of their priorities, and of those the small
 * ones first. A guest is left behind if with it one of those before it, or
 * itself, would have no place or would be late. Moves of guests that matter more
 * are started first, whatever keeps the links busiest (waves_admit.c).
 */
#include "scheduler/drain_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 512 }; /* drains that are planned; more guests stay behind */

/* Predictions are off by something, and so is who set the deadline. */
static const double MARGIN = 0.9;

struct team { /* guests that have to stay together, or one */
    uint32_t guest;
    long priority;
    int64_t mib;
};

struct evacuation {
    struct plan_cluster *c;
    const uint32_t *hosts;
    uint32_t n;
    double limit_s; /* when the last move has to end */
    struct team *team;
    uint32_t teams;
    long *urgent;      /* by guest; < 0: it is not asked to leave */
    uint8_t *drained;  /* by host */
    struct plan *best; /* of the guests that leave; NULL: of none */
    struct plan *last; /* the plan that was not good enough, or NULL */
    unsigned tries;
};

/* --- who matters most ------------------------------------------------------- */

static int team_before(const void *pa, const void *pb)
{
    const struct team *a = pa, *b = pb;

    if (a->priority != b->priority)
        return a->priority > b->priority ? -1 : 1;
    if (a->mib != b->mib)
        return a->mib < b->mib ? -1 : 1;
    return a->guest < b->guest ? -1 : a->guest > b->guest;
}

/* A team matters as much as the guest of it that matters most. */
static struct team team_of(const struct plan_cluster *c, uint32_t guest)
{
    struct team t = { guest, c->dom[guest].priority, c->dom[guest].mem };

    for (uint32_t m = c->dom[guest].mate; m != guest; m = c->dom[m].mate) {
        t.guest = m < t.guest ? m : t.guest;
        t.priority =
            c->dom[m].priority > t.priority ? c->dom[m].priority : t.priority;
        t.mib += c->dom[m].mem;
    }
    return t;
}

static void evac_teams(struct evacuation *e)
{
    const struct plan_cluster *c = e->c;

    for (uint32_t i = 0; i < e->n; i++) {
        e->drained[e->hosts[i]] = 1;
        for (uint32_t k = c->first[e->hosts[i]]; k < c->first[e->hosts[i] + 1];
             k++) {
            struct team t = team_of(c, c->on_host[k]);

            if (t.guest == c->on_host[k] && !c->dom[t.guest].odd)
                e->team[e->teams++] = t;
        }
    }
    qsort(e->team, e->teams, sizeof *e->team, team_before);
}

static void evac_mark(struct evacuation *e, uint32_t from, uint32_t n,
                      bool leaves)
{
    for (uint32_t i = from; i < from + n; i++) {
        uint32_t first = e->team[i].guest, m = first;

        do {
            e->urgent[m] = leaves ? e->team[i].priority : -1;
            m = e->c->dom[m].mate;
        } while (m != first);
    }
}

/* --- how many fit ------------------------------------------------------------ */

static bool evac_good(const struct evacuation *e, const struct plan *p)
{
    for (uint32_t i = 0; i < p->stranded_n; i++)
        if (e->urgent[p->stranded[i].domain] >= 0)
            return false;
    return p->makespan_s <= e->limit_s;
}

/* Adds teams to those that leave. 1: they can; 0: not all of them; or a
 * negative errno. */
static int evac_add(struct evacuation *e, uint32_t from, uint32_t n)
{
    struct plan *p = NULL;
    int rc;

    evac_mark(e, from, n, true);
    e->tries++;
    rc = plan_drain(e->c, e->hosts, e->n, &p);
    if (rc && rc != -EDEADLK)
        return rc;
    if (!rc && evac_good(e, p)) {
        plan_free(e->best);
        e->best = p;
        return 1;
    }
    evac_mark(e, from, n, false);
    plan_free(e->last);
    e->last = p;
    return 0;
}

/* --- who stays, and why ------------------------------------------------------ */

static const struct plan_move *evac_move(const struct plan *p, uint32_t guest)
{
    for (uint32_t i = 0; p && i < p->move_n; i++)
        if (p->move[i].domain == guest)
            return &p->move[i];
    return NULL;
}

/* One sentence: what was wrong with the last plan for this guest. */
static void evac_late_text(const struct evacuation *e, uint32_t guest,
                           char *text, size_t len)
{
    const struct plan_move *m = evac_move(e->last, guest);

    if (m && m->start_s + m->seconds > e->limit_s)
        snprintf(text, len,
                 "its move would end after %.0f s, and has to within %.0f s",
                 m->start_s + m->seconds, e->limit_s);
    else if (m)
        snprintf(text, len,
                 "with it, guests that matter more would be later than the "
                 "%.0f s that there are",
                 e->limit_s);
    else
        snprintf(text, len,
                 "it was not planned: too many guests have no place in time");
}

static int evac_add_late(struct evacuation *e, uint32_t guest,
                         struct plan_stranded *to)
{
    char text[200];

    *to = (struct plan_stranded){ .domain = guest };
    /* without a place even if there were time: those reasons say more */
    for (uint32_t i = 0; e->last && i < e->last->stranded_n; i++) {
        struct plan_stranded *s = &e->last->stranded[i];

        if (s->domain != guest)
            continue;
        to->reason = s->reason;
        to->reason_n = s->reason_n;
        s->reason = NULL;
        s->reason_n = 0;
        return 0;
    }
    evac_late_text(e, guest, text, sizeof text);
    return plan_add_reason(to, NONE, PLAN_TIME, text);
}

struct left { /* a list of those that stay */
    struct plan_stranded *s;
    uint32_t n;
};

static int evac_leave(struct evacuation *e, struct left *l, uint32_t team)
{
    uint32_t first = e->team[team].guest, m = first;
    int rc = 0;

    do {
        if (plan_one_more(&l->s, l->n, sizeof *l->s))
            return -ENOMEM;
        rc = evac_add_late(e, m, &l->s[l->n++]);
        m = e->c->dom[m].mate;
    } while (m != first && !rc);
    return rc;
}

/* As many at once as went well, half of it when not. */
static int evac_fill(struct evacuation *e, struct left *l)
{
    uint32_t step = e->teams, i = 0;
    int rc = 0;

    while (i < e->teams && rc >= 0) {
        uint32_t n = step < e->teams - i ? step : e->teams - i;

        rc = e->tries < TRIES ? evac_add(e, i, n) : 0;
        if (rc > 0) {
            i += n;
            step *= 2;
        } else if (!rc && n > 1 && e->tries < TRIES) {
            step = n / 2;
        } else if (!rc) {
            if (e->tries >= TRIES) {
                plan_free(e->last);
                e->last = NULL;
            }
            rc = evac_leave(e, l, i++);
            step = 1;
        }
    }
    return rc < 0 ? rc : 0;
}

/* --- the whole ---------------------------------------------------------------- */

/* The guests that stay, after the odd ones that the drain names itself. */
static int evac_write(struct evacuation *e, struct left *l)
{
    struct plan *p = e->best;

    p->goal = PLAN_GOAL_EVACUATE;
    p->within_s = e->limit_s / MARGIN;
    p->infeasible = false;
    for (uint32_t i = 0; i < l->n; i++) {
        if (plan_one_more(&p->stranded, p->stranded_n, sizeof *p->stranded))
            return -ENOMEM;
        p->stranded[p->stranded_n++] = l->s[i];
        l->s[i] = (struct plan_stranded){ .reason_n = 0 };
    }
    return 0;
}

static void left_dispose(struct left *l)
{
    while (l->n) {
        struct plan_stranded *s = &l->s[--l->n];

        for (uint32_t k = 0; k < s->reason_n; k++)
            free(s->reason[k].text);
        free(s->reason);
    }
    free(l->s);
}

static int evac_make(struct evacuation *e)
{
    struct left l = { NULL, 0 };
    int rc = evac_fill(e, &l);

    if (!rc && !e->best)
        rc = plan_drain(e->c, e->hosts, e->n, &e->best);
    if (!rc)
        rc = evac_write(e, &l);
    left_dispose(&l);
    return rc;
}

int plan_evacuate(struct plan_cluster *c, const uint32_t *hosts, uint32_t n,
                  double within_s, struct plan **plan_r)
{
    struct evacuation e = {
        .c = c, .hosts = hosts, .n = n, .limit_s = MARGIN * within_s
    };
    bool best_effort = c->set.best_effort;
    int rc = -ENOMEM;

    *plan_r = NULL;
    e.team = calloc((size_t)c->ndom + 1, sizeof *e.team);
    e.urgent = calloc((size_t)c->ndom + 1, sizeof *e.urgent);
    e.drained = calloc((size_t)c->nhost + 1, sizeof *e.drained);
    if (e.team && e.urgent && e.drained) {
        for (uint32_t i = 0; i < c->ndom; i++)
            e.urgent[i] = -1;
        evac_teams(&e);
        c->set.best_effort = true;
        c->urgent = e.urgent;
        rc = evac_make(&e);
        c->urgent = NULL;
        c->set.best_effort = best_effort;
    }
    if (!rc) {
        *plan_r = e.best;
        e.best = NULL;
    }
    plan_free(e.best);
    plan_free(e.last);
    free(e.team);
    free(e.urgent);
    free(e.drained);
    return rc;
}
