/* SPDX-License-Identifier: LGPL-2.1-only */
/* Carries a roll out: begins or resumes it, does what is next until it ends. */
#include "tools/run/roll_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/move/run_lock.h"
#include "tools/paths.h"
#include "tools/run/roll_impl.h"
#include "tools/run/roll_window.h"

enum { ROLLS_KEPT = 20, PAUSE_MS = 1000 };

/* --- what is next ---------------------------------------------------------- */

bool roll_is_open_now(const struct rolling *d)
{
    time_t now = time(NULL);
    struct tm tm;

    localtime_r(&now, &tm);
    return roll_window_has(d->r->work.from_min, d->r->work.to_min,
                           tm.tm_hour * 60 + tm.tm_min);
}

static void roll_do_pause(struct rolling *d)
{
    if (!d->paused)
        d->ev->pause(d->ev->arg, d->r);
    d->paused = true;
    roll_sleep(d, PAUSE_MS);
}

static void roll_do_turn(struct rolling *d)
{
    if (!roll_settle_moves(d))
        return;
    for (uint32_t i = 0; i < d->r->host_n && !d->open; i++) {
        struct roll_host *h = &d->r->host[i];
        enum roll_step was = h->step;

        roll_turn(h, d->wish, roll_now());
        if (h->step == was)
            continue;
        roll_keep_host(d, i);
        d->ev->step(d->ev->arg, d->r, i);
    }
}

static void (*const roll_does[ROLL_DO_END])(struct rolling *) = {
    [ROLL_DO_PAUSE] = roll_do_pause,     [ROLL_DO_WAVE] = roll_do_wave,
    [ROLL_DO_DRAIN] = roll_do_drain,     [ROLL_DO_LOOK] = roll_do_look,
    [ROLL_DO_HOOK] = roll_do_hook,       [ROLL_DO_OFF] = roll_do_off,
    [ROLL_DO_AWAIT] = roll_do_await,     [ROLL_DO_CHECK] = roll_do_check,
    [ROLL_DO_UNDRAIN] = roll_do_undrain, [ROLL_DO_HOME] = roll_do_home,
    [ROLL_DO_SOAK] = roll_do_soak,       [ROLL_DO_TURN] = roll_do_turn,
};

/* Until it has ended, or is left open. */
static void roll_go(struct rolling *d)
{
    while (!d->open && !*d->q->hangup) {
        enum roll_do what;

        roll_heed(d);
        what = roll_next(d->r, d->wish, roll_is_open_now(d));
        if (what == ROLL_DO_END)
            return;
        d->paused &= what == ROLL_DO_PAUSE;
        roll_does[what](d);
    }
    d->open = true;
}

/* --- from begin to end ----------------------------------------------------- */

static enum exit_code roll_end(struct rolling *d)
{
    struct roll *r = d->r;

    if (!d->open)
        roll_release(d);
    r->code = d->doubt ? RC_DOUBT : roll_code(r);
    r->ended = !d->open;
    roll_keep_head(d); /* of one that is open, the code is for its status */
    if (d->open)
        r->ended = false;
    if (r->ended && !d->open) {
        roll_unlock(d->store, r->name);
        roll_prune(d->store, ROLLS_KEPT);
    }
    d->ev->ended(d->ev->arg, r, r->code);
    run_lock_clean(r->name, r->ended && !d->open);
    return r->code ? r->code : d->open ? RC_PARTLY : RC_OK;
}

/* What the roll was begun with is what it goes on with. */
static void roll_set(struct rolling *d)
{
    const struct roll_limits *l = &d->r->limits;

    d->set = d->q->set;
    d->set.alpha = l->alpha;
    d->set.beta = l->beta;
    d->set.downtime_ms = l->downtime_ms;
}

/* The lock of the roll is taken, and its record read or written. */
static enum exit_code roll_carry(struct rolling *d, bool resumed)
{
    if (roll_lock(d->store, d->r->name, &d->err)) {
        roll_note(d, "%s", d->err.text);
        return RC_FAILED;
    }
    roll_set(d);
    d->ev->begin(d->ev->arg, d->r, resumed);
    roll_go(d);
    return roll_end(d);
}

static int roll_open(struct rolling *d)
{
    d->remote = (struct remote){ d->q->conf, d->q->conf_path };
    d->wish = d->q->wish;
    return store_open(&d->store, path_state(), &d->err);
}

static enum exit_code roll_refuse(struct rolling *d)
{
    roll_note(d, "%s", d->err.text);
    return RC_FAILED;
}

/* --- a new roll ------------------------------------------------------------ */

/* The work on this host would end the process that sees to it. */
static int roll_check_self(struct rolling *d)
{
    for (uint32_t i = 0; i < d->r->host_n; i++)
        if (remote_is_self(d->r->host[i].name)) {
            msg_set(&d->err,
                    "%s is the host that this command runs on, and it would "
                    "be cut off by its own work: roll the others from here, "
                    "and %s from another host",
                    d->r->host[i].name, d->r->host[i].name);
            return -EBUSY;
        }
    return 0;
}

static void roll_name(struct roll *r)
{
    char name[sizeof r->name - 5];
    time_t now = time(NULL);
    struct tm tm;

    run_new_name(name, sizeof name);
    snprintf(r->name, sizeof r->name, "roll-%s", name);
    gmtime_r(&now, &tm);
    strftime(r->started, sizeof r->started, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (gethostname(r->executor, sizeof r->executor - 1))
        snprintf(r->executor, sizeof r->executor, "?");
}

/* Is another open? Told before anything is written. */
static int roll_check_free(struct rolling *d)
{
    char other[sizeof d->r->name];
    int rc = roll_newest(d->store, false, other, sizeof other);

    if (rc == -ENOENT)
        return 0;
    if (rc) {
        msg_set(&d->err, "rolls cannot be read: %s", store_error(d->store));
        return rc;
    }
    msg_set(&d->err,
            "roll %s has not ended, and one goes on at a time; `rackhop "
            "status %s` shows it, `rackhop roll --resume %s` continues it, "
            "`rackhop cancel %s` ends it",
            other, other, other, other);
    return -EBUSY;
}

static enum exit_code roll_begin_locked(struct rolling *d)
{
    enum exit_code code;
    struct msg ignored;

    if (roll_save(d->store, d->r, &d->err))
        return roll_refuse(d);
    code = roll_carry(d, false);
    if (!d->r->wave && !d->r->ended && !d->open && code == RC_FAILED) {
        d->r->ended = true; /* another was faster: this one never began */
        d->r->code = code;
        roll_save(d->store, d->r, &ignored);
        run_lock_clean(d->r->name, true);
    }
    return code;
}

enum exit_code roll_begin(const struct roll_request *q,
                          const struct roll_events *ev, struct roll *r)
{
    struct rolling d = { .q = q, .ev = ev, .r = r };
    enum exit_code code;
    int fd;

    if (roll_open(&d))
        return roll_refuse(&d);
    roll_name(r);
    fd = roll_check_self(&d);
    if (!fd)
        fd = roll_check_free(&d);
    if (!fd)
        fd = run_lock_take(r->name, &d.err);
    code = fd < 0 ? roll_refuse(&d) : roll_begin_locked(&d);
    if (fd >= 0)
        close(fd);
    store_close(d.store);
    return code;
}

/* --- a roll to continue ---------------------------------------------------- */

/* What was written of a wave that never began is taken back. */
static void roll_settle(struct rolling *d)
{
    for (uint32_t i = 0; i < d->r->host_n; i++)
        if (roll_unbegin(d->r, &d->r->host[i]))
            roll_keep_host(d, i);
}

static enum exit_code roll_resume_locked(struct rolling *d, const char *name)
{
    if (roll_load(d->store, name, d->r, &d->err))
        return roll_refuse(d);
    if (d->r->ended) {
        roll_note(d, "roll %s has ended already", name);
        return d->r->code;
    }
    roll_settle(d);
    return roll_carry(d, true);
}

static enum exit_code roll_resume_named(struct rolling *d, const char *name)
{
    enum exit_code code;
    int fd;

    if (!roll_name_ok(name)) {
        roll_note(d, "%s is not the name of a roll", name);
        return RC_USAGE;
    }
    fd = run_lock_take(name, &d->err);
    if (fd < 0)
        return roll_refuse(d);
    code = roll_resume_locked(d, name);
    close(fd);
    return code;
}

enum exit_code roll_resume(const struct roll_request *q,
                           const struct roll_events *ev)
{
    struct roll r = { .ended = false };
    struct rolling d = { .q = q, .ev = ev, .r = &r };
    const char *name = q->name;
    char newest[sizeof r.name];
    enum exit_code code = RC_OK;
    int rc = 0;

    if (roll_open(&d))
        return roll_refuse(&d);
    if (!name)
        rc = roll_newest(d.store, false, newest, sizeof newest);
    if (!name && !rc)
        name = newest;
    if (name) {
        code = roll_resume_named(&d, name);
    } else if (rc == -ENOENT) {
        roll_note(&d, "no roll was cut off: there is none to resume");
    } else {
        msg_set(&d.err, "rolls cannot be read: %s", store_error(d.store));
        code = roll_refuse(&d);
    }
    roll_record_dispose(&r);
    store_close(d.store);
    return code;
}
