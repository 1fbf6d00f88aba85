/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what was sampled of a guest or a host. */
#include "tools/series/query.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/series/files.h"
#include "tools/series/ring.h"
#include "tools/series/stats.h"

enum { DAY_S = 86400, SHORT_S = 600 };

/* A stretch of one level, with all of its codes. */
struct stretch {
    const struct level *level;
    uint32_t slot, n;
    uint8_t *codes; /* to be freed */
};

static int query_open(const struct query *q, struct shape *shape,
                      struct ring **r_r, struct msg *err)
{
    char path[SERIES_PATH];

    shape_init(shape, q->uuid ? METRIC_GUEST : METRIC_HOST);
    if (series_path(path, q->statedir, q->uuid)) {
        msg_set(err, "%s is too long", q->statedir);
        return -ENAMETOOLONG;
    }
    return ring_open(r_r, path, shape, err);
}

static int stretch_read(struct stretch *t, struct ring *r,
                        const struct shape *shape, unsigned level,
                        uint64_t since, uint64_t now)
{
    const struct level *l = &shape->level[level];

    t->level = l;
    t->slot = (uint32_t)(since / l->step_s) + 1;
    t->n = (uint32_t)(now / l->step_s) - t->slot + 1;
    t->codes = calloc(t->n + 1u, l->n);
    return t->codes ? ring_read(r, level, t->slot, t->n, t->codes) : -ENOMEM;
}

/* Of one channel; false: it has it not, or nothing is known. */
static bool stretch_stats(const struct stretch *t, const struct metric *m,
                          unsigned metric, enum channel_what what,
                          struct stats *s)
{
    int c = shape_channel(t->level, metric, what);

    if (c < 0)
        return false;
    stats_of(s, m, t->codes + c, t->n, t->level->n);
    return s->n;
}

static double *stretch_values(const struct stretch *t, const struct metric *m,
                              int channel)
{
    double *v = channel < 0 ? NULL : calloc(t->n + 1u, sizeof *v);

    for (uint32_t i = 0; i < t->n && v; i++)
        v[i] = metric_value(m, t->codes[i * t->level->n + (unsigned)channel]);
    return v;
}

static void query_row(const struct stretch *t, const struct metric *m,
                      unsigned metric, struct samples *to)
{
    struct samples_row *r = &to->row[to->rows];
    struct stats s, most;

    if (!stretch_stats(t, m, metric, CHANNEL_MEAN, &s))
        return;
    *r = (struct samples_row){
        .name = m->name,
        .text = m->text,
        .newest = s.newest,
        .mean = s.mean,
        .p50 = s.p50,
        .p95 = s.p95,
        .p99 = s.p99,
        .max = s.most,
        .trend_h = s.slope * 3600 / t->level->step_s,
        .mean_of = stretch_values(
            t, m, shape_channel(t->level, metric, CHANNEL_MEAN)),
        .max_of =
            stretch_values(t, m, shape_channel(t->level, metric, CHANNEL_MAX)),
    };
    if (stretch_stats(t, m, metric, CHANNEL_MAX, &most))
        r->max = most.most;
    if (r->mean_of)
        to->rows++;
    else
        free(r->max_of);
}

/* A file that has no header and no samples is no file of samples any more. */
static int query_damaged(const struct query *q, struct msg *err)
{
    char path[SERIES_PATH] = "";

    series_path(path, q->statedir, q->uuid);
    msg_set(err,
            "%s is damaged, and nothing in it can be read; restart "
            "rackhop-agent, which begins it anew",
            path);
    return -EBADMSG;
}

int query_samples(const struct query *q, struct samples *to, struct msg *err)
{
    struct stretch t = { .codes = NULL };
    const struct metric *m;
    struct shape shape;
    struct ring *r = NULL;
    unsigned n;
    int rc;

    memset(to, 0, sizeof *to);
    rc = query_open(q, &shape, &r, err);
    if (rc)
        return rc;
    rc = stretch_read(&t, r, &shape, shape_level(&shape, q->since_s),
                      q->now - q->since_s, q->now);
    if (rc)
        msg_set(err, "the samples can't be read: %s", strerror(-rc));
    m = metric_table(shape.kind, &n);
    to->host = !q->uuid;
    to->step_s = t.level->step_s;
    to->from = (int64_t)t.slot * t.level->step_s;
    to->n = t.n;
    snprintf(to->uuid, sizeof to->uuid, "%s", q->uuid ? q->uuid : "");
    snprintf(to->name, sizeof to->name, "%s",
             *ring_name(r) ? ring_name(r) : to->uuid);
    for (unsigned i = 0; i < n && !rc; i++)
        query_row(&t, &m[i], i, to);
    if (!rc && !to->rows && ring_damaged(r))
        rc = query_damaged(q, err);
    free(t.codes);
    ring_close(r);
    return rc;
}

static void query_brief(const struct stretch *minutes,
                        const struct stretch *day, const struct metric *m,
                        unsigned metric, struct samples_facts *to)
{
    struct samples_brief *b = &to->row[to->n];
    struct stats s = { .n = 0 }, d = { .n = 0 }, most;

    stretch_stats(minutes, m, metric, CHANNEL_MEAN, &s);
    stretch_stats(day, m, metric, CHANNEL_MEAN, &d);
    if (!s.n && !d.n)
        return;
    if (d.n && (int64_t)d.n * day->level->step_s > to->day_s)
        to->day_s = (int64_t)d.n * day->level->step_s;
    *b = (struct samples_brief){
        .name = m->name,
        .mean_10m = s.mean,
        .p95_10m = s.p95,
        .mean_day = d.mean,
        .p50_day = d.p50,
        .p95_day = d.p95,
        .p99_day = d.p99,
        .max_day = d.most,
        .trend_day = d.slope * DAY_S / day->level->step_s,
    };
    if (stretch_stats(day, m, metric, CHANNEL_MAX, &most))
        b->max_day = most.most;
    to->n++;
}

void query_facts(const struct query *q, struct samples_facts *to)
{
    struct stretch minutes = { .codes = NULL }, day = { .codes = NULL };
    const struct metric *m;
    struct shape shape;
    struct msg err;
    struct ring *r = NULL;
    unsigned n;

    memset(to, 0, sizeof *to);
    if (query_open(q, &shape, &r, &err))
        return;
    m = metric_table(shape.kind, &n);
    to->age_s = (int64_t)(q->now - ring_newest(r, 0));
    if (!stretch_read(&minutes, r, &shape, 0, q->now - SHORT_S, q->now) &&
        !stretch_read(&day, r, &shape, SHAPE_LEVELS - 1, q->now - DAY_S,
                      q->now))
        for (unsigned i = 0; i < n; i++)
            query_brief(&minutes, &day, &m[i], i, to);
    free(minutes.codes);
    free(day.codes);
    ring_close(r);
}
