/* SPDX-License-Identifier: LGPL-2.1-only */
/* The replay: looks of the loops at a twin, and its moves. */
#include "scheduler/replay.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "scheduler/replay_impl.h"

static void names_free(char **name, uint32_t n)
{
    for (uint32_t i = 0; name && i < n; i++)
        free(name[i]);
    free(name);
}

void replay_trace_dispose(struct replay_trace *t)
{
    free(t->name);
    free(t->host);
    names_free(t->host_name, t->hosts);
    free(t->guest);
    names_free(t->guest_name, t->guests);
    free(t->start);
    free(t->load);
    *t = (struct replay_trace){ .name = NULL };
}

static int replay_wish(struct twin *w, struct loops *l,
                       const struct loop_policy *p, const struct loop_wish *x)
{
    int rc;

    if (x->refusal) {
        w->result->refused[x->refusal]++;
        return 0;
    }
    if (x->from == x->to) /* memory is not replayed */
        return 0;
    rc = twin_move(w, x->guest, x->to, p->memory > 0);
    if (!rc)
        w->result->granted[x->kind]++;
    if (rc == -ENOSPC) {
        loops_not_moved(l, x->guest);
        return 0;
    }
    return rc;
}

static int replay_look(struct twin *w, struct loops *l,
                       const struct loop_policy *p,
                       const struct replay_watch *watch)
{
    struct loop_look look = { .now_s = w->now_s,
                              .demand = w->demand,
                              .host = w->to,
                              .moving = w->moving,
                              .from = w->at,
                              .on = w->on };
    const struct loop_wish *wish;
    uint32_t n;
    int rc = loops_look(l, &look, &wish, &n);

    for (uint32_t i = 0; i < n && !rc; i++) {
        if (watch && watch->wish)
            watch->wish(watch->arg, w->now_s, &wish[i]);
        rc = replay_wish(w, l, p, &wish[i]);
    }
    return rc;
}

static int replay_steps(struct twin *w, struct loops *l,
                        const struct loop_policy *p,
                        const struct replay_watch *watch)
{
    int rc = 0;

    for (uint32_t s = 0; s < w->t->steps && !rc; s++) {
        double begin = s * w->t->step_s;

        twin_step(w, s);
        for (double at = 0; at < w->t->step_s && !rc; at += p->look_s) {
            twin_advance(w, begin + at);
            rc = replay_look(w, l, p, watch);
        }
        twin_advance(w, begin + w->t->step_s);
    }
    return rc;
}

int replay_run(const struct replay_trace *t, const struct loop_policy *p,
               const struct replay_watch *watch, struct replay_result *result,
               uint32_t *bad_r)
{
    struct loops *l = NULL;
    struct twin w;
    int rc;

    *result = (struct replay_result){ .kwh = 0 };
    rc = twin_init(&w, t, result, bad_r);
    if (!rc) {
        l = loops_new(p, t->host, t->hosts, t->guest, t->guests);
        rc = l ? replay_steps(&w, l, p, watch) : -ENOMEM;
    }
    if (!rc)
        twin_sum(&w, p->memory > 0);
    loops_free(l);
    twin_dispose(&w);
    return rc;
}
