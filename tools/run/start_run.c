/* SPDX-License-Identifier: LGPL-2.1-only */
/* Begins a run or continues one: its name, its record, its locks, its end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "tools/move/claim.h"
#include "tools/doc/prediction.h"
#include "tools/run/prediction_keep.h"
#include "tools/run/run_hook.h"
#include "tools/move/run_lock.h"
#include "tools/run/start_impl.h"
#include "tools/run/times.h"

enum { RUNS_KEPT = 20 };

static enum exit_code start_fail(struct start *s)
{
    start_note(s, s->err.text);
    return RC_FAILED;
}

enum exit_code start_check_lock(struct start *s)
{
    if (journal_locked(s->store, s->lock, &s->err) != -EBUSY)
        return RC_OK;
    return start_fail(s);
}

/* --- carried out ---------------------------------------------------------------- */

static void start_keep_figures(struct start *s, bool resumed)
{
    int rc = prediction_keep(s->store, &s->run);

    /* with what another process planned it is not on record */
    if (!rc && !resumed && !s->q->plan)
        rc = times_keep(s->store, &s->run, &s->q->set);
    if (!rc)
        return;
    msg_set(&s->err, "the measured figures could not be kept: %s",
            store_error(s->store));
    start_note(s, s->err.text);
}

/* Signals wait for it: what before-run began wants its end. */
static void start_after(struct start *s, enum exit_code code)
{
    if (run_hook(s->q->conf->hooks_dir, "after-run", &s->run, (int)code, NULL,
                 &s->err))
        start_note(s, s->err.text);
}

static enum exit_code start_execute(struct start *s, bool resumed,
                                    enum cancel_wish wish)
{
    const struct run_request *q = s->q;
    struct exec_view view = { s->ev->event, s->ev->tick, s->ev->arg };
    struct exec e = {
        .store = s->store,
        .remote = { q->conf, q->conf_path },
        .set = q->set,
        .run = &s->run,
        .view = &view,
        .interrupts = q->interrupts,
        .hangup = q->hangup,
        .wait_mask = q->wait_mask,
        .resumed = resumed,
        .planned = s->snap.cluster,
        .taken = resumed || !s->taken.text ? NULL : &s->taken,
        .ending = wish != CANCEL_NO,
        .wish = wish,
    };
    enum exit_code code;

    e.set.best_effort = true; /* of what is planned again */
    if (resumed) {
        e.set.max_moves = s->run.max_moves;
        e.set.max_gib = s->run.max_gib;
        e.set.threshold = s->run.threshold;
        e.set.soft_apart = s->run.soft_apart;
        if (s->run.downtime_ms)
            e.set.downtime_ms = s->run.downtime_ms;
    }
    s->ev->begin(s->ev->arg, &s->run, resumed);
    code = exec_run(&e);
    if (*q->hangup)
        return code; /* the terminal is gone and the run stays open */
    start_keep_figures(s, resumed);
    s->ev->ended(s->ev->arg, &s->run, code, e.marked);
    if (s->run.state == RUN_ENDED)
        start_after(s, code);
    journal_prune(s->store, RUNS_KEPT);
    run_lock_clean(s->run.name, s->run.state == RUN_ENDED);
    return code;
}

/* --- a new run ------------------------------------------------------------------- */

/* The time first, so that names sort; then what two at once do not share. */
void run_new_name(char *buf, size_t len)
{
    time_t now = time(NULL);
    unsigned salt = 0;
    struct tm tm;
    char when[32];

    if (getrandom(&salt, sizeof salt, 0) != sizeof salt)
        salt = (unsigned)getpid();
    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y%m%d-%H%M%S", &tm);
    snprintf(buf, len, "%s-%04x", when, salt & 0xffff);
}

static void start_name(struct run *run, const char *name)
{
    time_t now = time(NULL);
    struct tm tm;

    if (name)
        snprintf(run->name, sizeof run->name, "%s", name);
    else
        run_new_name(run->name, sizeof run->name);
    gmtime_r(&now, &tm);
    strftime(run->started, sizeof run->started, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (gethostname(run->executor, sizeof run->executor - 1))
        snprintf(run->executor, sizeof run->executor, "?");
}

static int start_copy_names(struct strlist *to, const struct strlist *from)
{
    int rc = 0;

    for (size_t i = 0; i < from->n && !rc; i++)
        rc = strlist_add(to, from->s[i]);
    return rc;
}

/* The operands may name a host twice, and in another order. */
static int start_reasons(struct run *run, const struct run_request *q)
{
    int rc = 0;

    for (size_t h = 0; q->reason && h < run->hosts.n && !rc; h++) {
        const char *why = "";

        for (int i = 0; i < q->operand_n; i++)
            if (!strcmp(q->operand[i], run->hosts.s[h]))
                why = q->reason[i];
        rc = strlist_add(&run->reasons, why);
    }
    return rc;
}

static int start_fill(struct start *s, const struct plan_doc *doc)
{
    const struct plan_settings *set = &s->q->set;
    struct run *run = &s->run;

    *run = (struct run){ .state = RUN_OPEN,
                         .makespan_s = doc->makespan_s,
                         .bound_s = doc->bound_s,
                         .max_moves = set->max_moves,
                         .max_gib = set->max_gib,
                         .threshold = set->threshold,
                         .within_s = doc->within_s,
                         .soft_apart = set->soft_apart,
                         .best_effort = set->best_effort,
                         .stranded = doc->stranded_n,
                         .downtime_ms = set->downtime_ms };
    start_name(run, s->q->name);
    snprintf(run->goal, sizeof run->goal, "%s", doc->goal);
    snprintf(run->lock, sizeof run->lock, "%s", s->lock ? s->lock : "");
    if (start_copy_names(&run->hosts, &doc->hosts) ||
        start_reasons(run, s->q) ||
        start_copy_names(&run->guests, &doc->guests))
        return -ENOMEM;
    return run_add_plan(run, doc);
}

static bool start_is_stopped(void *arg)
{
    const struct start *s = arg;

    if (s->ev->heed)
        s->ev->heed(s->ev->arg);
    return *s->q->interrupts || *s->q->hangup;
}

/* May it begin? Not 0: no, and why not is in s->err. */
static int start_before(struct start *s)
{
    const struct program_stop stop = { start_is_stopped, s, s->q->wait_mask };
    struct msg why;
    int rc = run_hook(s->q->conf->hooks_dir, "before-run", &s->run, -1, &stop,
                      &why);

    if (rc)
        msg_set(&s->err, "nothing is moved%s: %s",
                rc == -EIO ? ", for a hook refused it" : "", why.text);
    return rc;
}

/* The run's own lock is taken. */
static enum exit_code start_record(struct start *s)
{
    struct msg ignored;
    bool kept;

    if (start_before(s)) {
        run_lock_clean(s->run.name, true);
        return start_fail(s);
    }
    kept = !journal_save(s->store, &s->run, &s->err);
    if (kept && !journal_lock(s->store, s->run.lock, s->run.name, &s->err))
        return start_execute(s, false, CANCEL_NO);
    start_fail(s);
    s->run.state = RUN_ENDED;
    s->run.code = RC_FAILED;
    if (kept)
        journal_save(s->store, &s->run, &ignored);
    start_after(s, RC_FAILED);
    run_lock_clean(s->run.name, true);
    return RC_FAILED;
}

enum exit_code start_new_run(struct start *s, const struct plan_doc *doc)
{
    enum exit_code code;
    int fd;

    if (start_fill(s, doc)) {
        start_note(s, "out of memory");
        return RC_FAILED;
    }
    fd = run_lock_take(s->run.name, &s->err);
    if (fd < 0)
        return start_fail(s);
    code = start_record(s);
    close(fd);
    return code;
}

/* --- a run to continue ------------------------------------------------------------ */

/* The run's own lock is taken. */
static enum exit_code start_resume(struct start *s, const char *name,
                                   enum cancel_wish wish)
{
    if (journal_load(s->store, name, &s->run, &s->err))
        return start_fail(s);
    if (s->run.state == RUN_ENDED) {
        const struct remote r = { s->q->conf, s->q->conf_path };

        msg_set(&s->err, "run %s has ended already", name);
        start_note(s, s->err.text);
        if (exec_release_ended(&r, &s->run, &s->err))
            start_note(s, s->err.text);
        run_lock_clean(name, true);
        return s->run.code;
    }
    if (journal_lock(s->store, s->run.lock, name, &s->err))
        return start_fail(s);
    if (!wish && journal_cancelled(s->store, name)) {
        wish = journal_cancelled(s->store, name);
        msg_set(&s->err,
                "run %s was cancelled: the moves that it started are settled, "
                "and no others are started",
                name);
        start_note(s, s->err.text);
    }
    return start_execute(s, true, wish);
}

enum exit_code start_old_run(struct start *s)
{
    const struct run_request *q = s->q;
    const char *name = q->run;
    enum exit_code code;
    char newest[80];
    int fd;

    if (!name && journal_newest(s->store, false, newest, sizeof newest)) {
        start_note(s, q->wish ? "no run was cut off: there is none to cancel"
                              : "no run was cut off: there is none to resume");
        return q->wish ? RC_FAILED : RC_OK;
    }
    if (!name)
        name = newest;
    if (!run_name_ok(name)) {
        msg_set(&s->err, "%s is not the name of a run", name);
        start_note(s, s->err.text);
        return RC_USAGE;
    }
    fd = run_lock_take(name, &s->err);
    if (fd < 0)
        return start_fail(s);
    code = start_resume(s, name, q->wish);
    close(fd);
    return code;
}
