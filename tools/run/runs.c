/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads all runs and rolls that this host has kept. */
#include "tools/run/runs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/strlist.h"
#include "tools/move/run_lock.h"
#include "tools/run/journal.h"
#include "tools/run/roll_journal.h"

/* The names below a prefix such as "run/", without what stands behind them. */
static int runs_names(struct store *s, const char *prefix,
                      struct strlist *names, struct msg *err)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc = store_list_flat(s, prefix, &list, &n);

    if (rc)
        msg_set(err, "the journal cannot be read: %s", store_error(s));
    for (unsigned i = 0; i < n && !rc; i++) {
        rc = strlist_add(names, list[i].key + strlen(prefix));
        if (rc)
            msg_set(err, "out of memory");
    }
    store_list_free(list, n);
    return rc;
}

/* --- rows ---------------------------------------------------------------- */

static struct runs_row runs_of_run(const struct run *r)
{
    struct runs_row row = { .ended = r->state == RUN_ENDED,
                            .code = r->code,
                            .alive = run_alive(r->name),
                            .left = run_left(r, NULL, NULL),
                            .took_s = -1 };
    double began = 0, ended = 0;

    snprintf(row.name, sizeof row.name, "%s", r->name);
    snprintf(row.goal, sizeof row.goal, "%s", r->goal);
    snprintf(row.started, sizeof row.started, "%s", r->started);
    snprintf(row.executor, sizeof row.executor, "%s", r->executor);
    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        row.all += !m->replaced && m->state != MOVE_SKIPPED &&
                   m->state != MOVE_FAILED;
        row.done += m->state == MOVE_DONE;
        row.failed += m->state == MOVE_FAILED;
        row.doubt += m->state == MOVE_DOUBT;
        if (m->began > 0 && (!(began > 0) || m->began < began))
            began = m->began;
        if (m->ended > ended)
            ended = m->ended;
    }
    if (began > 0 && ended >= began)
        row.took_s = ended - began;
    return row;
}

static struct runs_row runs_of_roll(const struct roll *r)
{
    struct runs_row row = { .goal = "roll",
                            .roll = true,
                            .ended = r->ended,
                            .code = r->code,
                            .alive = run_alive(r->name),
                            .all = r->host_n,
                            .done = roll_hosts_at(r, ROLL_DONE),
                            .failed = roll_hosts_at(r, ROLL_FAILED),
                            .took_s = -1 };

    snprintf(row.name, sizeof row.name, "%s", r->name);
    snprintf(row.started, sizeof row.started, "%s", r->started);
    snprintf(row.executor, sizeof row.executor, "%s", r->executor);
    return row;
}

static int runs_load(struct store *s, const char *name, bool roll,
                     struct runs_row *row, struct msg *err)
{
    struct roll l;
    struct run r;
    int rc;

    if (roll) {
        rc = roll_load_steps(s, name, &l, err);
        if (!rc) {
            *row = runs_of_roll(&l);
            roll_record_dispose(&l);
        }
        return rc;
    }
    rc = journal_load(s, name, &r, err);
    if (!rc) {
        *row = runs_of_run(&r);
        run_dispose(&r);
    }
    return rc;
}

/* The newest first: names end with the time, after "roll-" in those of
 * rolls. */
static int runs_by_start(const void *a, const void *b)
{
    const struct runs_row *x = a, *y = b;
    int r = strcmp(y->started, x->started);

    return r ? r : strcmp(y->name, x->name);
}

int runs_read(struct store *s, struct runs_row **row_r, size_t *n_r,
              void (*note)(void *arg, const char *text), void *arg,
              struct msg *err)
{
    struct strlist names = { NULL, 0, 0 }, rolls = { NULL, 0, 0 };
    struct runs_row *row = NULL;
    struct msg bad;
    size_t n = 0;
    int rc = runs_names(s, "run/", &names, err);

    if (!rc)
        rc = runs_names(s, "roll/", &rolls, err);
    if (!rc) {
        row = calloc(names.n + rolls.n + 1, sizeof *row);
        rc = row ? 0 : -ENOMEM;
    }
    for (size_t i = 0; i < names.n + rolls.n && !rc; i++) {
        bool roll = i >= names.n;
        const char *name = roll ? rolls.s[i - names.n] : names.s[i];

        if (runs_load(s, name, roll, &row[n], &bad))
            note(arg, bad.text);
        else
            n++;
    }
    if (!rc) {
        qsort(row, n, sizeof *row, runs_by_start);
        *row_r = row;
        *n_r = n;
    }
    strlist_dispose(&names);
    strlist_dispose(&rolls);
    return rc;
}

int runs_moves(struct store *s,
               void (*each)(void *arg, const struct run_move *m), void *arg,
               struct msg *err)
{
    struct strlist names = { NULL, 0, 0 };
    struct msg ignored;
    int rc = runs_names(s, "run/", &names, err);

    for (size_t i = 0; i < names.n && !rc; i++) {
        struct run r;

        if (journal_load(s, names.s[i], &r, &ignored))
            continue;
        for (uint32_t k = 0; k < r.move_n; k++)
            if (r.move[k].state == MOVE_DONE && r.move[k].ended > 0)
                each(arg, &r.move[k]);
        run_dispose(&r);
    }
    strlist_dispose(&names);
    return rc;
}
