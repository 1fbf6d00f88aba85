/* SPDX-License-Identifier: LGPL-2.1-only */
/* Runs of plans: begun, gone on with, ended. */
#include "tools/cli/running.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "tools/view/runview.h"
#include "tools/signals.h"
#include "tools/move/claim.h"
#include "tools/paths.h"
#include "tools/run/prediction.h"
#include "tools/text.h"
#include "tools/base/msg.h"

enum { RUNS_KEPT = 20, LOCK_TRIES = 20, LOCK_TRY_MS = 50 };

static volatile sig_atomic_t interrupts, hangups;

/* --- the store and the run's own lock --------------------------------------------- */

int running_open(struct running *r)
{
    struct msg err;

    r->fd = -1;
    if (!store_open(&r->store, path_state(), &err))
        return 0;
    complain("%s", err.text);
    return RC_FAILED;
}

void running_close(struct running *r)
{
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    run_dispose(&r->run);
    store_close(r->store);
    r->store = NULL;
}

static int open_lock(const char *run, int flags)
{
    char path[512];

    snprintf(path, sizeof path, "%s/run/%s.lock", path_run(), run);
    return open(path, O_RDWR | O_CLOEXEC | flags, 0600);
}

bool running_alive(const char *run)
{
    int fd = open_lock(run, 0);
    bool alive = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB);

    if (fd >= 0)
        close(fd);
    return alive;
}

/* Not at once: a child of an executor that was just killed has the lock until
 * its exec. */
static int wait_for_lock(int fd)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (!flock(fd, LOCK_EX | LOCK_NB))
            return 0;
        poll(NULL, 0, LOCK_TRY_MS);
    }
    return -EBUSY;
}

/* While this process lives, nobody else has the run. */
static int take_lock(struct running *r, const char *run)
{
    char dir[400];
    int rc;

    snprintf(dir, sizeof dir, "%s/run", path_run());
    rc = path_make(dir);
    if (!rc) {
        r->fd = open_lock(run, O_CREAT);
        rc = r->fd < 0 ? -errno : 0;
    }
    if (rc) {
        complain("%s: %s", dir, strerror(-rc));
        return RC_FAILED;
    }
    if (!wait_for_lock(r->fd))
        return 0;
    complain("another rackhop is at work on run %s; `rackhop status %s` "
             "shows it",
             run, run);
    return RC_FAILED;
}

static void drop_lock(struct running *r, bool ended)
{
    static const char *const kinds[] = { "live", "lock" };
    char path[512];

    for (size_t i = 0; i < 2 && (ended || !i); i++) {
        snprintf(path, sizeof path, "%s/run/%s.%s", path_run(), r->run.name,
                 kinds[i]);
        unlink(path);
    }
}

/* --- the run ---------------------------------------------------------------------- */

/* The time first, so that names sort; then what two at once do not share. */
static void name_run(struct run *run)
{
    time_t now = time(NULL);
    unsigned salt = 0;
    struct tm tm;
    char when[32];

    if (getrandom(&salt, sizeof salt, 0) != sizeof salt)
        salt = (unsigned)getpid();
    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y%m%d-%H%M%S", &tm);
    snprintf(run->name, sizeof run->name, "%s-%04x", when, salt & 0xffff);
    strftime(run->started, sizeof run->started, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (gethostname(run->executor, sizeof run->executor - 1))
        snprintf(run->executor, sizeof run->executor, "?");
}

static int fill(struct running *r, const struct plan_doc *doc)
{
    struct run *run = &r->run;

    *run = (struct run){ .state = RUN_OPEN };
    name_run(run);
    snprintf(run->goal, sizeof run->goal, "%s", doc->goal);
    snprintf(run->lock, sizeof run->lock, "%s", r->lock ? r->lock : "");
    run->makespan_s = doc->makespan_s;
    run->bound_s = doc->bound_s;
    run->max_moves = r->set.max_moves;
    run->best_effort = r->set.best_effort;
    run->stranded = r->stranded;
    run->downtime_ms = r->set.downtime_ms;
    run->hosts.s = calloc((size_t)doc->host_n + 1, sizeof *run->hosts.s);
    if (!run->hosts.s)
        return -ENOMEM;
    for (uint32_t i = 0; i < doc->host_n; i++) {
        run->hosts.s[i] = strdup(doc->host[i]);
        if (!run->hosts.s[i])
            return -ENOMEM;
        run->hosts.n++;
    }
    return run_add_plan(run, doc);
}

static void tell_of_marks(const struct run *run, int code)
{
    if (!run->hosts.n)
        return;
    if (code == RC_OK)
        fprintf(stderr, "in maintenance until `rackhop undrain`:");
    else
        fprintf(stderr, "not empty, and in maintenance all the same until "
                        "`rackhop undrain`:");
    for (uint32_t i = 0; i < run->hosts.n; i++) {
        char name[80];

        fprintf(stderr, " %s",
                text_printable(name, sizeof name, run->hosts.s[i],
                               strlen(run->hosts.s[i])));
    }
    fputc('\n', stderr);
}

static int carry_out(struct running *r, bool resumed, int wish)
{
    struct runview view = { .style = r->json       ? RUNVIEW_JSON
                                     : r->app->tty ? RUNVIEW_TERMINAL
                                                   : RUNVIEW_LINES };
    struct exec_view v = { runview_event, runview_tick, &view };
    struct exec e = {
        .store = r->store,
        .remote = { &r->app->conf, r->app->conf_path },
        .set = r->set,
        .run = &r->run,
        .view = &v,
        .interrupts = &interrupts,
        .hangup = &hangups,
        .resumed = resumed,
        .ending = wish != CANCEL_NO,
        .wish = (enum cancel_wish)wish,
    };
    sigset_t wait_mask;
    int rc;

    signals_count(&interrupts, &hangups, &wait_mask);
    e.wait_mask = &wait_mask;
    e.set.best_effort = true; /* of what is planned again */
    rc = exec_run(&e);
    if (hangups)
        return rc; /* nobody looks, and nothing has ended */
    if (prediction_keep(r->store, &r->run))
        complain("what was measured could not be kept: %s",
                 store_error(r->store));
    runview_end(&view, &r->run, rc);
    if (e.marked)
        tell_of_marks(&r->run, rc);
    journal_prune(r->store, RUNS_KEPT);
    drop_lock(r, r->run.state == RUN_ENDED);
    return rc;
}

int running_check_lock(struct running *r)
{
    struct msg err;

    /* to nobody: only to learn whether somebody has it */
    if (journal_locked(r->store, r->lock, &err) != -EBUSY)
        return 0;
    complain("%s", err.text);
    return RC_FAILED;
}

int running_apply(struct running *r, const struct plan_doc *doc)
{
    struct msg err;
    int rc;

    if (fill(r, doc))
        die_oom();
    rc = take_lock(r, r->run.name);
    if (rc)
        return rc;
    if (journal_save(r->store, &r->run, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    if (journal_lock(r->store, r->run.lock, r->run.name, &err)) {
        complain("%s", err.text);
        r->run.state = RUN_ENDED;
        r->run.code = RC_FAILED;
        journal_save(r->store, &r->run, &err);
        drop_lock(r, true);
        return RC_FAILED;
    }
    if (!r->json) {
        printf("run %s: `rackhop status` and `rackhop cancel` know it by "
               "that\n",
               r->run.name);
        fflush(stdout);
    }
    return carry_out(r, false, CANCEL_NO);
}

int running_resume(struct running *r, const char *name, int wish)
{
    char newest[80];
    struct msg err;
    int rc;

    if (!name && journal_newest(r->store, false, newest, sizeof newest)) {
        complain("no run was cut off; there is nothing to %s",
                 wish ? "cancel" : "go on with");
        return wish ? RC_FAILED : RC_OK;
    }
    if (!name)
        name = newest;
    if (!run_name_ok(name)) {
        complain("%s is no name of a run", name);
        return RC_USAGE;
    }
    rc = take_lock(r, name);
    if (rc)
        return rc;
    if (journal_load(r->store, name, &r->run, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    if (r->run.state == RUN_ENDED) {
        complain("run %s has ended already", name);
        drop_lock(r, true);
        return r->run.code;
    }
    if (journal_lock(r->store, r->run.lock, name, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    if (!wish && journal_cancelled(r->store, name)) {
        wish = (int)journal_cancelled(r->store, name);
        complain("run %s was cancelled: what it started is settled, no more "
                 "is begun",
                 name);
    }
    r->set.max_moves = r->run.max_moves;
    if (r->run.downtime_ms)
        r->set.downtime_ms = r->run.downtime_ms;
    return carry_out(r, true, wish);
}

int running_confirm(struct app *app, const char *command, bool yes, bool json,
                    const char *question)
{
    char answer[16];

    if (yes)
        return 0;
    if (json || !app->tty || !isatty(STDIN_FILENO))
        return usage_error(command,
                           "%s asks before it moves anything, and here is "
                           "nobody to ask: --yes",
                           command);
    printf("%s [y/N] ", question);
    fflush(stdout);
    if (fgets(answer, sizeof answer, stdin) &&
        (*answer == 'y' || *answer == 'Y'))
        return 0;
    puts("nothing was moved");
    return -1;
}
