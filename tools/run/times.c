/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps and uses what moves took beside the copying of memory. */
#include "tools/run/times.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/prediction.h"
#include "tools/doc/times.h"
#include "tools/paths.h"

enum {
    LONG_S = 60,
    LAST_COPY_MS = 250, /* what a last copy takes beside its pages, at most */
};

static const char times_key[] = "times";

/* No record, and one that can't be read, are an empty one. */
static void times_load(struct store *s, struct times *t, uint64_t *rev_r)
{
    char *text = NULL;
    struct msg ignored;

    *t = (struct times){ .setup.n = 0 };
    *rev_r = 0;
    if (store_get(s, times_key, &text, rev_r))
        return;
    if (times_parse(t, text, strlen(text), &ignored))
        *t = (struct times){ .setup.n = 0 };
    free(text);
}

/* What the plan had for setup, and by how much the plan was wrong: the median of
 * that is what plans lacked or had too much. What it had for sending counts as
 * what the bytes that came would have had. In a long move a small error of the
 * rate is more than all of it. */
static double times_setup(const struct run_move *m,
                          const struct plan_settings *set)
{
    double had = set->setup_ms + m->downtime_ms;
    double sends = fmax(0, 1e3 * m->seconds - had);

    if (m->bytes > 0 && prediction_bytes(m) > 0)
        sends *= m->bytes / prediction_bytes(m);
    return fmax(0, 1e3 * m->took_s - sends - m->stopped_ms);
}

/* What of the last memory waits on its way when its last byte has left the source
 * host's pipe (a quarter of a second of the link at most) counts as overhead: plans
 * are rather too long. So does what the last copy takes beside its pages, which is
 * what it took longer than the plan had for them, LAST_COPY_MS at most: more is the
 * plan's error about the guest. An older rackhop does not say how long it took: as
 * above. */
static double times_overhead(const struct run_move *m,
                             const struct plan_settings *set)
{
    double pages = fmax(0, m->downtime_ms - set->overhead_ms);

    if (m->last_copy_ms < 0)
        return fmax(0, m->stopped_ms - pages);
    return fmax(0, m->stopped_ms - m->last_copy_ms +
                       fmin(fmax(0, m->last_copy_ms - pages), LAST_COPY_MS));
}

static void times_learn(struct times *t, const struct run_move *m,
                        const struct plan_settings *set)
{
    if (m->state != MOVE_DONE || !(m->took_s > 0) || !(m->stopped_ms >= 0))
        return;
    if (m->took_s < LONG_S && m->seconds < LONG_S)
        times_add(&t->setup, times_setup(m, set));
    times_add(&t->overhead, times_overhead(m, set));
}

int times_keep(struct store *s, const struct run *r,
               const struct plan_settings *set)
{
    struct times t;
    uint64_t rev;
    char *text;
    int rc;

    if (r->state != RUN_ENDED) /* its moves come once more */
        return 0;
    times_load(s, &t, &rev);
    for (uint32_t i = 0; i < r->move_n; i++)
        times_learn(&t, &r->move[i], set);
    if (!t.setup.n && !t.overhead.n)
        return 0;
    text = times_format(&t);
    if (!text)
        return -ENOMEM;
    rc = store_cas(s, times_key, rev, text, NULL);
    free(text);
    return rc == -ESTALE ? 0 : rc; /* another run keeps its own just now */
}

void times_use(struct store *s, struct plan_settings *set)
{
    struct times t;
    uint64_t rev;

    times_load(s, &t, &rev);
    set->setup_ms = (unsigned)times_median(&t.setup, set->setup_ms);
    set->overhead_ms = (unsigned)times_median(&t.overhead, set->overhead_ms);
}

void times_use_here(struct plan_settings *set)
{
    struct store *s = NULL;
    struct msg ignored;

    if (store_open_if_there(&s, path_state(), &ignored) || !s)
        return;
    times_use(s, set);
    store_close(s);
}
