/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes the report of a plan or of a run. */
#include "tools/doc/report_impl.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/prediction.h"

/* --- racks, and what a chart has to show -------------------------------------- */

static const char *report_rack(const struct snapshot *s, const char *host)
{
    uint32_t h = s ? plan_find_host(s->cluster, host) : PLAN_NONE;

    return h == PLAN_NONE ? NULL : plan_host_rack(s->cluster, h);
}

static int report_finish(struct report *r, const struct snapshot *s)
{
    int rc;

    r->span_s = fmax(r->bound_s, r->planned_s);
    for (uint32_t i = 0; i < r->move_n; i++) {
        struct report_move *m = &r->move[i];

        m->from_rack = report_rack(s, m->from);
        m->to_rack = report_rack(s, m->to);
        r->racks |= m->from_rack || m->to_rack;
        r->done += m->state == MOVE_DONE;
        r->span_s =
            fmax(r->span_s, fmax(report_ended(m), m->start_s + m->seconds));
    }
    rc = report_chain(r);
    if (!rc)
        rc = report_links(r, s);
    return rc ? rc : report_trouble_of_moves(r);
}

/* --- of a plan ---------------------------------------------------------------- */

static int report_plan_move(struct report_move *m,
                            const struct plan_doc_move *p)
{
    *m = (struct report_move){
        .id = (uint32_t)p->id,
        .uuid = p->domain,
        .name = p->name,
        .from = p->from,
        .to = p->to,
        .gib = p->wire_gib > 0 ? p->wire_gib : p->gib,
        .hops = p->hops,
        .path_unknown = p->path_unknown,
        .start_s = p->start_s,
        .seconds = p->seconds,
        .mbps = p->rate_mbps,
        .pause_ms = p->downtime_ms,
        .state = MOVE_PLANNED,
        .began_s = -1,
        .ended_s = -1,
        .bytes = -1,
        .took_s = -1,
        .stopped_ms = -1,
        .why = "",
        .after = calloc((size_t)p->after_n + 1, sizeof *m->after),
        .after_n = p->after_n,
    };
    if (!m->after)
        return -ENOMEM;
    if (p->after_n)
        memcpy(m->after, p->after, p->after_n * sizeof *m->after);
    return 0;
}

static int report_fill_plan(struct report *r, const struct json *root)
{
    const struct json *bound = json_get(root, "bound");
    int rc = 0;

    r->goal = r->plan.goal;
    r->hosts = &r->plan.hosts;
    r->snapshot = r->plan.snapshot;
    r->infeasible = r->plan.infeasible;
    r->planned_s = r->plan.makespan_s;
    r->bound_s = r->plan.bound_s;
    r->took_s = -1;
    r->total = r->plan.total;
    r->bound = json_get_num(bound, "total", -1);
    r->move = calloc((size_t)r->plan.move_n + 1, sizeof *r->move);
    if (!r->move)
        return -ENOMEM;
    while (r->move_n < r->plan.move_n && !rc) {
        rc = report_plan_move(&r->move[r->move_n], &r->plan.move[r->move_n]);
        r->move_n++;
    }
    return rc ? rc : report_trouble_of_plan(r, root);
}

int report_of_plan(struct report *r, const char *path,
                   const struct snapshot *s, struct msg *err)
{
    const char *name;
    char *text = NULL;
    size_t len;
    int rc;

    *r = (struct report){ .of_run = false };
    rc = json_file_text(path, json_most_bytes(NULL), &name, &text, &len, err);
    if (!rc)
        rc = plan_doc_parse(&r->plan, name, text, len, err);
    if (!rc)
        rc = json_parse(&r->doc, name, text, len, NULL, NULL, err);
    free(text);
    if (rc)
        goto out;
    rc = report_fill_plan(r, json_root(r->doc));
    if (!rc)
        rc = report_finish(r, s);
    if (rc)
        msg_set(err, "%s: %s", name, strerror(-rc));
    r->another_map = s && r->snapshot && strcmp(r->snapshot, s->sha256) != 0;
out:
    if (rc)
        report_dispose(r);
    return rc;
}

/* --- of a run ------------------------------------------------------------------- */

/* Plans follow each other in a run, each in the order of its starts: a start
 * that is earlier than the one before it begins another plan. Its seconds
 * count from when its first move began. */
static double report_plan_zero(const struct run *run, uint32_t first,
                               double zero, double before)
{
    double began = INFINITY, last = zero;

    for (uint32_t i = 0; i < first; i++)
        last = fmax(last, run->move[i].ended);
    for (uint32_t i = first; i < run->move_n; i++) {
        const struct run_move *m = &run->move[i];

        if (i > first && m->start_s < run->move[i - 1].start_s)
            break;
        if (m->began > 0)
            began = fmin(began, m->began - m->start_s);
    }
    return first ? (isfinite(began) ? began : last) - zero : before;
}

static void report_run_move(struct report_move *m, const struct run_move *p,
                            uint32_t index, double zero, double plan_zero)
{
    *m = (struct report_move){
        .id = index + 1,
        .uuid = p->uuid,
        .name = p->name,
        .from = p->from,
        .to = p->to,
        .gib = prediction_bytes(p) / 1073741824,
        .hops = p->hops,
        .path_unknown = p->path_unknown,
        .start_s = fmax(0, plan_zero + p->start_s),
        .seconds = p->seconds,
        .mbps = p->rate_mbps,
        .pause_ms = p->downtime_ms,
        .state = p->state,
        .attempt = p->attempt,
        .began_s = p->began > 0 ? fmax(0, p->began - zero) : -1,
        .ended_s = p->ended > 0 ? fmax(0, p->ended - zero) : -1,
        .bytes = p->bytes,
        .took_s = p->took_s,
        .stopped_ms = p->stopped_ms,
        .why = p->why,
    };
}

/* Moves that are left out are not waited for either. */
static int report_run_after(struct report_move *m, const struct run_move *p,
                            const uint32_t *index)
{
    m->after = calloc((size_t)p->after_n + 1, sizeof *m->after);
    if (!m->after)
        return -ENOMEM;
    for (uint32_t i = 0; i < p->after_n; i++)
        if (index[p->after[i]] != UINT32_MAX)
            m->after[m->after_n++] = index[p->after[i]];
    return 0;
}

static double report_zero(const struct run *run)
{
    double zero = INFINITY;

    for (uint32_t i = 0; i < run->move_n; i++)
        if (run->move[i].began > 0)
            zero = fmin(zero, run->move[i].began);
    return isfinite(zero) ? zero : 0;
}

static int report_fill_run(struct report *r, const struct run *run,
                           uint32_t *index)
{
    double zero = report_zero(run), plan_zero = 0;
    int rc = 0;

    for (uint32_t i = 0; i < run->move_n && !rc; i++) {
        const struct run_move *p = &run->move[i];

        index[i] = UINT32_MAX;
        if (!i || p->start_s < run->move[i - 1].start_s)
            plan_zero = report_plan_zero(run, i, zero, plan_zero);
        if (p->replaced) {
            r->replaced++;
            continue;
        }
        index[i] = r->move_n;
        report_run_move(&r->move[r->move_n], p, i, zero, plan_zero);
        rc = report_run_after(&r->move[r->move_n++], p, index);
    }
    return rc;
}

int report_of_run(struct report *r, const struct run *run, bool alive,
                  const struct snapshot *s, struct msg *err)
{
    uint32_t *index = calloc((size_t)run->move_n + 1, sizeof *index);
    double took = prediction_makespan(run);
    int rc = -ENOMEM;

    *r = (struct report){
        .of_run = true,
        .goal = run->goal,
        .hosts = &run->hosts,
        .run = run->name,
        .executor = run->executor,
        .started = run->started,
        .alive = alive,
        .ended = run->state == RUN_ENDED,
        .code = run->code,
        .planned_s = run->makespan_s,
        .bound_s = run->bound_s,
        .took_s = took > 0 ? took : -1,
        .total = -1,
        .bound = -1,
        .another_map = s != NULL,
        .move = calloc((size_t)run->move_n + 1, sizeof *r->move),
    };
    if (index && r->move)
        rc = report_fill_run(r, run, index);
    if (!rc)
        rc = report_finish(r, s);
    free(index);
    if (rc) {
        msg_set(err, "run %s: %s", run->name, strerror(-rc));
        report_dispose(r);
    }
    return rc;
}

void report_dispose(struct report *r)
{
    for (uint32_t i = 0; i < r->move_n; i++)
        free(r->move[i].after);
    for (size_t i = 0; i < r->trouble_n; i++) {
        free(r->trouble[i].name);
        free(r->trouble[i].text);
    }
    free(r->move);
    free(r->chain);
    free(r->link);
    free(r->trouble);
    plan_doc_dispose(&r->plan);
    json_free(r->doc);
    *r = (struct report){ .move = NULL };
}
