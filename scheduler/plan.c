/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Builds a plan: moves are appended, then ordered, timed and summed up.
 */
#include "scheduler/level.h"
#include "scheduler/scheduler_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct plan *plan_new(struct plan_cluster *c, enum plan_goal goal)
{
    struct plan *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->goal = goal;
    p->goal_domain = NONE;
    p->alpha = c->set.alpha;
    p->beta = c->set.beta;
    p->bound = NAN;
    return p;
}

void plan_free(struct plan *p)
{
    if (!p)
        return;
    for (uint32_t i = 0; i < p->move_n; i++)
        free(p->move[i].after);
    for (uint32_t i = 0; i < p->stranded_n; i++) {
        for (uint32_t k = 0; k < p->stranded[i].reason_n; k++)
            free(p->stranded[i].reason[k].text);
        free(p->stranded[i].reason);
    }
    for (uint32_t i = 0; i < p->remark_n; i++)
        free(p->remark[i]);
    free(p->remark);
    free(p->goal_host);
    free(p->goal_guest);
    free(p->move);
    free(p->stranded);
    free(p->over);
    free(p->text);
    free(p->where);
    free(p);
}

int plan_one_more(void *array, uint32_t n, size_t size)
{
    void **a = array;
    void *bigger;

    if (n & (n - 1) || n == 1)
        return 0;
    bigger = realloc(*a, (n ? 2 * (size_t)n : 2) * size);
    if (!bigger)
        return -ENOMEM;
    *a = bigger;
    return 0;
}

int plan_add_move(struct plan_cluster *c, struct plan *p, uint32_t dom,
                  uint32_t from, uint32_t to, bool displaced)
{
    struct plan_move m = { .domain = dom,
                           .from = from,
                           .to = to,
                           .displaced = displaced,
                           .path_unknown = !plan_path_known(c, from, to),
                           .hops = plan_hops(c, from, to) };

    if (plan_one_more(&p->move, p->move_n, sizeof m))
        return -ENOMEM;
    p->move[p->move_n++] = m;
    return 0;
}

int plan_add_remark(struct plan *p, char *text)
{
    if (!text || plan_one_more(&p->remark, p->remark_n, sizeof *p->remark)) {
        free(text);
        return -ENOMEM;
    }
    p->remark[p->remark_n++] = text;
    return 0;
}

/* The score's terms of each move, with the moves before it made. */
static int plan_explain_moves(struct plan_cluster *c, struct plan *p)
{
    struct state s;

    if (!c->set.explain)
        return 0;
    if (state_init(&s, c))
        return -ENOMEM;
    for (uint32_t i = 0; i < p->move_n; i++) {
        struct plan_move *m = &p->move[i];

        score_terms(c, &s, m->domain, m->to, m->term);
        m->term[0] = p->alpha * m->gib;
        state_move(&s, m->domain, m->to);
    }
    state_dispose(&s);
    return 0;
}

/* What the map does not show is no proof: a path that is required and not
 * known may be there all the same. */
static int plan_doubt_proof(struct plan_cluster *c, struct plan *p)
{
    char *text;

    if (!p->proven || !c->hole || !c->set.require_path)
        return 0;
    p->proven = false;
    text = plan_asprintf("%s; require_path is set, and the rack map lacks "
                         "paths: add the cables to topology_plan, or see "
                         "`rackhop topology`",
                         p->text);
    if (!text)
        return -ENOMEM;
    free(p->text);
    p->text = text;
    return 0;
}

int plan_finish(struct plan_cluster *c, struct plan *p)
{
    char *text = NULL;
    int rc = plan_doubt_proof(c, p);

    if (!rc)
        rc = waves_schedule(c, p);
    for (uint32_t i = 0; i < c->ncontradiction && !rc; i++)
        rc = plan_add_remark(p, plan_asprintf("%s", c->contradiction[i]));
    if (!rc)
        rc = plan_level_remark(c, &text);
    if (!rc && text)
        rc = plan_add_remark(p, text);
    if (rc)
        return rc;
    p->gib = p->total = p->makespan_s = p->downtime_ms = 0;
    p->hops = 0;
    for (uint32_t i = 0; i < p->move_n; i++) {
        struct plan_move *m = &p->move[i];

        m->cost = p->alpha * m->gib + p->beta * m->hops;
        p->gib += m->gib;
        p->hops += m->hops;
        p->total += m->cost;
        p->downtime_ms += m->downtime_ms;
        p->makespan_s = fmax(p->makespan_s, m->start_s + m->seconds);
    }
    rc = limits_note(c, p);
    return rc ? rc : plan_explain_moves(c, p);
}
