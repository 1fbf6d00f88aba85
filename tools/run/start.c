/* SPDX-License-Identifier: LGPL-2.1-only */
/* Plans what is requested, shows the plan, asks; start_run.c runs it. */
#include "tools/run/start.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tools/cluster/take.h"
#include "tools/base/sha256.h"
#include "tools/paths.h"
#include "tools/run/home.h"
#include "tools/run/start_impl.h"
#include "tools/run/times.h"

enum { ANSWER_S = 30 }; /* at least: facts take longer than a login */

void start_note(struct start *s, const char *text)
{
    s->ev->note(s->ev->arg, text);
}

/* --- planning -------------------------------------------------------------------- */

unsigned run_answer_s(const struct config *conf)
{
    return conf->ssh_timeout_s > ANSWER_S ? (unsigned)conf->ssh_timeout_s
                                          : ANSWER_S;
}

/* Where guests belong, for a look at the hosts. Only a plan of that alone can't
 * be made without. */
static int start_read_homes(struct start *s, struct homes *l)
{
    bool needed = s->q->goal->needs_homes;
    int rc = 0;

    *l = (struct homes){ .n = 0 };
    if (s->q->snapshot)
        return 0;
    if (s->store)
        rc = homes_read(s->store, l, s->ev->note, s->ev->arg, &s->err);
    else if (needed)
        rc = homes_read_here(l, s->ev->note, s->ev->arg, &s->err);
    if (!rc || needed || rc == -ENOMEM)
        return rc;
    start_note(s, s->err.text);
    *l = (struct homes){ .n = 0 };
    return 0;
}

static void start_settle_homes(struct start *s, const struct homes *l,
                               bool whole)
{
    if (s->store && homes_settle(s->store, l, s->snap.cluster, whole,
                                 (int64_t)time(NULL), &s->err))
        start_note(s, s->err.text);
}

static enum exit_code start_take(struct start *s)
{
    const struct run_request *q = s->q;
    struct homes homes;
    struct take t = { .conf = q->conf,
                      .file = q->snapshot,
                      .set = &q->set,
                      .timeout_ms = 1000 * run_answer_s(q->conf),
                      .sample_ms = q->goal->sample_ms,
                      .homes = &homes,
                      .sum_up = true,
                      .keep = q->plan_only ? NULL : &s->taken,
                      .progress = s->ev->progress,
                      .note = s->ev->note,
                      .arg = s->ev->arg };
    int rc = start_read_homes(s, &homes);

    if (!rc)
        rc = take_snapshot(&t, &s->snap, &s->err);
    if (rc)
        start_note(s, s->err.text);
    else if (!q->snapshot)
        start_settle_homes(s, &homes, !t.dead);
    homes_dispose(&homes);
    if (!rc)
        return RC_OK;
    return rc == -EDESTADDRREQ || (q->snapshot && rc != -ENOMEM) ? RC_USAGE
                                                                 : RC_FAILED;
}

/* A host of the configuration that did not answer, and is named in what is
 * wanted: then that is what prevents the plan, not what was typed. */
static const char *start_missing(const struct start *s)
{
    const struct host_rows *hosts = &s->q->conf->hosts;

    for (int i = 0; i < s->q->operand_n && !s->q->snapshot; i++)
        for (size_t k = 0; k < hosts->n; k++)
            if (!strcmp(hosts->row[k].name, s->q->operand[i]) &&
                plan_find_host(s->snap.cluster, hosts->row[k].name) ==
                    PLAN_NONE)
                return hosts->row[k].name;
    return NULL;
}

static enum exit_code start_make_plan(struct start *s, struct plan **plan)
{
    const struct run_request *q = s->q;
    const char *missing;
    int rc = q->goal->plan(s->snap.cluster, q->operand, q->operand_n, plan,
                           &s->err);

    if (!rc)
        return RC_OK;
    missing = rc == -EINVAL ? start_missing(s) : NULL;
    if (missing)
        msg_set(&s->err,
                "plan %s: nothing is known of %s, which did not answer or is "
                "left out",
                q->goal->name, missing);
    else if (rc == -ENOMEM)
        msg_set(&s->err, "out of memory");
    else if (rc != -EINVAL)
        msg_set(&s->err, "plan %s: no safe order of the moves was found",
                q->goal->name);
    start_note(s, s->err.text);
    return rc == -EINVAL && !missing ? RC_USAGE : RC_FAILED;
}

enum exit_code run_plan_code(const struct plan *p)
{
    if (p->stranded_n)
        return RC_PARTLY;
    return p->infeasible ? RC_NOPLAN : RC_OK;
}

/* A drain of an empty host has no moves, but puts it in maintenance. */
static bool start_is_worth_it(const struct goal *goal, const struct plan *p)
{
    return p->move_n ||
           (goal->marks_hosts && !p->stranded_n && !p->infeasible);
}

/* --- what is asked for ------------------------------------------------------------- */

static enum exit_code start_ask_and_run(struct start *s, const struct plan *p)
{
    struct plan_doc doc;
    enum exit_code code = s->ev->ask(s->ev->arg);

    if (code != RC_OK)
        return code;
    if (plan_doc_of(&doc, s->snap.cluster, p, s->snap.sha256)) {
        start_note(s, "out of memory");
        return RC_FAILED;
    }
    code = start_new_run(s, &doc);
    plan_doc_dispose(&doc);
    return code;
}

static enum exit_code start_show_and_run(struct start *s, const struct plan *p)
{
    enum exit_code code = run_plan_code(p);

    if (s->ev->planned(s->ev->arg, &s->snap, p))
        return RC_FAILED;
    if (s->q->plan_only)
        return code;
    if (!start_is_worth_it(s->q->goal, p))
        s->ev->nothing(s->ev->arg, p->text ? p->text : "nothing to move",
                       code);
    else if (code == RC_OK || code == RC_PARTLY)
        code = start_ask_and_run(s, p);
    return code;
}

/* A name that was mistyped is told before any host is asked. */
static enum exit_code start_check_names(struct start *s)
{
    const struct run_request *q = s->q;

    if (!q->goal->marks_hosts || q->snapshot ||
        !goal_hosts_configured(q->conf, q->operand, q->operand_n, &s->err))
        return RC_OK;
    start_note(s, s->err.text);
    return RC_USAGE;
}

static enum exit_code start_goal(struct start *s)
{
    struct plan *plan = NULL;
    enum exit_code code = start_check_names(s);

    if (s->q->goal->exclusive)
        s->lock = s->q->goal->name;
    if (code == RC_OK && s->store)
        code = start_check_lock(s);
    if (code == RC_OK)
        code = start_take(s);
    if (code == RC_OK)
        code = start_make_plan(s, &plan);
    if (code == RC_OK)
        code = start_show_and_run(s, plan);
    plan_free(plan);
    snapshot_dispose(&s->snap);
    free(s->taken.text);
    return code;
}

/* One plan, one run: the lock is named by what the plan moves where. */
static int start_lock_of(const struct plan_doc *p, char *buf, size_t len)
{
    char hex[65], *text = NULL;
    size_t n;
    FILE *f = open_memstream(&text, &n);

    if (!f)
        return -ENOMEM;
    for (uint32_t i = 0; i < p->move_n; i++)
        fprintf(f, "%s %s %s\n", p->move[i].domain, p->move[i].from,
                p->move[i].to);
    if (fclose(f)) {
        free(text);
        return -ENOMEM;
    }
    sha256_hex(text, n, hex);
    free(text);
    snprintf(buf, len, "plan-%.16s", hex);
    return 0;
}

static enum exit_code start_doc(struct start *s, const struct plan_doc *doc)
{
    char lock[64];
    enum exit_code code;

    if (!doc->move_n && doc->infeasible) {
        msg_set(&s->err,
                "%s cannot be carried out: it says why there is no plan",
                s->q->plan);
        start_note(s, s->err.text);
        return RC_NOPLAN;
    }
    if (!doc->move_n) {
        s->ev->nothing(s->ev->arg, "nothing to move", RC_OK);
        return RC_OK;
    }
    if (start_lock_of(doc, lock, sizeof lock)) {
        start_note(s, "out of memory");
        return RC_FAILED;
    }
    s->lock = lock;
    code = start_check_lock(s);
    if (code != RC_OK)
        return code;
    s->ev->given(s->ev->arg, doc);
    code = s->ev->ask(s->ev->arg);
    return code == RC_OK ? start_new_run(s, doc) : code;
}

static enum exit_code start_plan(struct start *s)
{
    struct plan_doc doc;
    enum exit_code code;

    if (plan_doc_load(&doc, s->q->plan, &s->err)) {
        start_note(s, s->err.text);
        return RC_USAGE;
    }
    code = start_doc(s, &doc);
    plan_doc_dispose(&doc);
    return code;
}

/* A plan from a file may be of another cluster. */
static void start_settings(struct start *s, struct run_request *q)
{
    if (!q->conf->learn_times || q->snapshot)
        return;
    if (s->store)
        times_use(s->store, &q->set);
    else
        times_use_here(&q->set);
}

enum exit_code run_start(const struct run_request *q,
                         const struct run_events *ev)
{
    struct run_request own = *q;
    struct start s = { .q = &own, .ev = ev };
    enum exit_code code;

    if (!q->no_store && store_open(&s.store, path_state(), &s.err)) {
        start_note(&s, s.err.text);
        return RC_FAILED;
    }
    start_settings(&s, &own);
    if (q->resume)
        code = start_old_run(&s);
    else
        code = q->plan ? start_plan(&s) : start_goal(&s);
    run_dispose(&s.run);
    store_close(s.store);
    return code;
}
