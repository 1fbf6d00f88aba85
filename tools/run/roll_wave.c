/* SPDX-License-Identifier: LGPL-2.1-only */
/* Plans the next wave of a roll from fresh facts, and begins it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scheduler/cpu.h"
#include "scheduler/roll.h"
#include "tools/cluster/take.h"
#include "tools/run/roll_impl.h"

struct wave_plan {
    struct snapshot snap;
    struct plan_roll *roll;
    uint32_t *host;  /* of the cluster */
    uint32_t *index; /* of the roll, by host of the cluster */
    uint32_t n;
};

/* --- planned --------------------------------------------------------------- */

static int wave_take(struct rolling *d, struct wave_plan *w)
{
    struct take t = { .conf = d->q->conf,
                      .set = &d->set,
                      .timeout_ms = 1000 * run_answer_s(d->q->conf),
                      .sum_up = true,
                      .note = d->ev->note,
                      .arg = d->ev->arg };

    return take_snapshot(&t, &w->snap, &d->err);
}

/* The hosts that wait. One that did not answer waits on, and is looked for
 * when the others are done. */
static int wave_hosts(const struct rolling *d, struct wave_plan *w)
{
    struct plan_cluster *c = w->snap.cluster;

    w->host = calloc(d->r->host_n + 1u, sizeof *w->host);
    w->index = calloc(plan_hosts(c) + 1u, sizeof *w->index);
    if (!w->host || !w->index)
        return -ENOMEM;
    for (uint32_t i = 0; i < d->r->host_n; i++) {
        uint32_t h;

        if (d->r->host[i].step != ROLL_PLANNED)
            continue;
        h = plan_find_host(c, d->r->host[i].name);
        if (h == PLAN_NONE)
            continue;
        w->index[h] = i;
        w->host[w->n++] = h;
    }
    return 0;
}

static int wave_plan(struct rolling *d, struct wave_plan *w)
{
    const struct roll_limits *l = &d->r->limits;
    uint32_t began = roll_canaries(d->r), bad;
    struct plan_roll_options o = {
        .parallel = l->parallel,
        .canary = l->canary > began ? l->canary - began : 0,
        .max_away_gib = l->max_away_gib,
        .home = l->home,
        .same_domain = l->same_domain,
        .to_xen = *l->to_xen ? l->to_xen : NULL,
        .without = *l->without ? l->without : NULL,
    };
    struct plan_features known;
    int rc = plan_roll(w->snap.cluster, w->host, w->n, &o, &w->roll, &bad);

    if (rc == -EINVAL && o.without && !roll_without(l, &known))
        msg_set(&d->err, "this rackhop does not know all CPU features of %s",
                o.without);
    else if (rc == -EINVAL)
        msg_set(&d->err,
                "Xen %s is no version to roll to: a host has a newer "
                "one",
                l->to_xen);
    else if (rc)
        msg_set(&d->err, "the next wave cannot be planned: %s",
                rc == -ENOMEM ? "no memory" : "no safe order was found");
    return rc;
}

/* --- begun ----------------------------------------------------------------- */

/* Each host first, then the roll, which counts the wave: what is cut off in
 * between has not begun (roll_unbegin()). */
static void wave_begin(struct rolling *d, const struct wave_plan *w)
{
    const struct plan_roll_wave *wave = &w->roll->wave[0];
    struct roll *r = d->r;

    for (uint32_t i = 0; i < wave->host_n; i++) {
        uint32_t host = w->index[wave->host[i]];

        r->host[host].wave = r->wave + 1;
        r->host[host].canary = wave->canary;
        *r->host[host].why = '\0';
        roll_pass(r, &r->host[host], roll_now());
        roll_keep_host(d, host);
    }
    if (d->open)
        return;
    r->wave++;
    run_new_name(r->away_run, sizeof r->away_run);
    do { /* it is by chance that two names of one second differ */
        run_new_name(r->home_run, sizeof r->home_run);
    } while (!strcmp(r->home_run, r->away_run));
    roll_keep_head(d);
    if (!d->open)
        d->ev->wave(d->ev->arg, r);
}

/* How the guests of canaries run before they leave. */
static void wave_look(struct rolling *d, const struct wave_plan *w)
{
    const struct plan_roll_wave *wave = &w->roll->wave[0];
    uint32_t *host;

    if (!wave->canary || !d->r->work.soak_s)
        return;
    host = calloc(wave->host_n, sizeof *host);
    if (!host)
        return;
    for (uint32_t i = 0; i < wave->host_n; i++)
        host[i] = w->index[wave->host[i]];
    roll_soak_before(d, host, wave->host_n);
    free(host);
}

static void wave_stuck(struct rolling *d, const struct wave_plan *w)
{
    struct roll *r = d->r;

    for (uint32_t i = 0; i < r->host_n; i++)
        if (r->host[i].step == ROLL_PLANNED)
            snprintf(r->host[i].why, sizeof r->host[i].why,
                     "it does not answer");
    for (uint32_t i = 0; i < w->roll->left_n; i++) {
        const struct plan_roll_left *left = &w->roll->left[i];
        struct roll_host *h = &r->host[w->index[left->host]];

        snprintf(h->why, sizeof h->why, "%s", left->text);
    }
    for (uint32_t i = 0; i < r->host_n; i++)
        if (r->host[i].step == ROLL_PLANNED)
            roll_keep_host(d, i);
    r->stuck = true;
    roll_keep_head(d);
}

/* To plan and to look took a while: it may have been cancelled meanwhile, or
 * the window has closed. What is next is asked again then. */
static void wave_turn_to(struct rolling *d, const struct wave_plan *w)
{
    if (w->roll->wave_n)
        wave_look(d, w);
    roll_heed(d);
    if (d->wish || !roll_is_open_now(d))
        return;
    if (w->roll->wave_n)
        wave_begin(d, w);
    else
        wave_stuck(d, w);
}

void roll_do_wave(struct rolling *d)
{
    struct wave_plan w = { .roll = NULL };
    int rc = wave_take(d, &w);

    if (!rc) {
        rc = wave_hosts(d, &w);
        if (!rc)
            rc = wave_plan(d, &w);
        if (!rc)
            wave_turn_to(d, &w);
        plan_roll_free(w.roll);
        snapshot_dispose(&w.snap);
    }
    if (rc) {
        roll_note(d, "%s", d->err.text);
        d->open = true;
    }
    free(w.host);
    free(w.index);
}
