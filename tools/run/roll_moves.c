/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Moves the guests of a wave away and home, by a run each, whose name is in
 * the record of the roll before it starts: one that was cut off is resumed,
 * and one that has ended is not made again.
 */
#include <errno.h>
#include <stdlib.h>

#include "tools/run/roll_impl.h"

enum { RUN_STOP = 1, RUN_STOP_NOW = 2 }; /* interrupts, as a run counts them */

/* --- what the run tells ---------------------------------------------------- */

static const struct run_events *moves_view(const struct rolling *d)
{
    return d->ev->run;
}

static void moves_note(void *arg, const char *text)
{
    struct rolling *d = arg;

    moves_view(d)->note(moves_view(d)->arg, text);
}

static int moves_planned(void *arg, const struct snapshot *s,
                         const struct plan *p)
{
    struct rolling *d = arg;

    return moves_view(d)->planned(moves_view(d)->arg, s, p);
}

static void moves_nothing(void *arg, const char *why, enum exit_code code)
{
    struct rolling *d = arg;

    moves_view(d)->nothing(moves_view(d)->arg, why, code);
}

/* Who wishes that the roll ends is heard while the run goes on. A stop between
 * hosts lets guests go home. */
static void moves_heed(struct rolling *d)
{
    roll_heed(d);
    if (d->wish == CANCEL_NOW)
        d->inner = RUN_STOP_NOW;
    else if (d->wish == CANCEL_STOP && !d->going_home)
        d->inner = RUN_STOP;
}

/* The whole roll was asked about when it began; but to plan takes its time. */
static enum exit_code moves_ask(void *arg)
{
    struct rolling *d = arg;

    moves_heed(d);
    return d->inner ? RC_FAILED : RC_OK;
}

static void moves_counts(void *arg)
{
    moves_heed(arg);
}

static void moves_begin(void *arg, const struct run *r, bool resumed)
{
    struct rolling *d = arg;

    moves_view(d)->begin(moves_view(d)->arg, r, resumed);
}

static void moves_event(void *arg, struct exec *e, enum exec_event ev,
                        uint32_t move, const char *text)
{
    struct rolling *d = arg;

    moves_view(d)->event(moves_view(d)->arg, e, ev, move, text);
}

static void moves_tick(void *arg, struct exec *e)
{
    struct rolling *d = arg;

    moves_heed(d);
    moves_view(d)->tick(moves_view(d)->arg, e);
}

/* The roll says of its hosts what a drain would say of them. */
static void moves_ended(void *arg, const struct run *r, enum exit_code code,
                        bool marked)
{
    struct rolling *d = arg;

    moves_view(d)->ended(moves_view(d)->arg, r, code, false);
}

/* --- the run --------------------------------------------------------------- */

/* The names of the hosts at a step. NULL: no memory. */
static char **moves_hosts(const struct rolling *d, enum roll_do what, int *n_r)
{
    char **name = calloc(d->r->host_n + 1u, sizeof *name);

    *n_r = 0;
    for (uint32_t i = 0; name && i < d->r->host_n; i++)
        if (roll_is_at(d->r, &d->r->host[i], what))
            name[(*n_r)++] = d->r->host[i].name;
    return name;
}

enum moves_known { RUN_ABSENT, RUN_IS_OPEN, RUN_IS_ENDED, RUN_UNREAD };

/* How far it is, if an earlier process began it. */
static enum moves_known moves_known(struct rolling *d, const char *run,
                                    enum exit_code *code)
{
    struct run was;
    enum moves_known k;
    int rc = journal_load(d->store, run, &was, &d->err);

    if (rc)
        return rc == -ENOENT ? RUN_ABSENT : RUN_UNREAD;
    k = was.state == RUN_ENDED ? RUN_IS_ENDED : RUN_IS_OPEN;
    *code = was.code;
    run_dispose(&was);
    return k;
}

static enum exit_code moves_start(struct rolling *d, const char *run,
                                  const struct goal *goal, char *const *host,
                                  int n)
{
    const struct run_events ev = { .note = moves_note,
                                   .planned = moves_planned,
                                   .nothing = moves_nothing,
                                   .ask = moves_ask,
                                   .heed = moves_counts,
                                   .begin = moves_begin,
                                   .event = moves_event,
                                   .tick = moves_tick,
                                   .ended = moves_ended,
                                   .arg = d };
    struct run_request q = { .conf = d->q->conf,
                             .conf_path = d->q->conf_path,
                             .set = d->set,
                             .goal = goal,
                             .operand = host,
                             .operand_n = n,
                             .name = run,
                             .interrupts = &d->inner,
                             .hangup = d->q->hangup,
                             .wait_mask = d->q->wait_mask };
    enum exit_code code = RC_FAILED, ended;

    d->inner = 0;
    d->going_home = goal != &goal_drain;
    switch (moves_known(d, run, &code)) {
    case RUN_IS_ENDED: return code;
    case RUN_IS_OPEN:
        q.resume = true;
        q.run = run;
        break;
    case RUN_UNREAD:
        roll_note(d, "%s", d->err.text);
        d->open = true;
        return RC_FAILED;
    case RUN_ABSENT: break;
    }
    code = run_start(&q, &ev);
    /* One that could not be ended goes on with moves: neither has it failed,
     * nor may what follows begin. */
    if (moves_known(d, run, &ended) == RUN_IS_OPEN)
        d->open = true;
    return code;
}

/* RC_DOUBT, and a run that a hangup cut off, leave the roll open. false: it
 * is. */
static bool moves_made(struct rolling *d, const char *run,
                       const struct goal *goal, enum roll_do what,
                       enum exit_code *code)
{
    char **host;
    int n;

    host = moves_hosts(d, what, &n);
    *code = host ? moves_start(d, run, goal, host, n) : RC_FAILED;
    free(host);
    if (*code == RC_DOUBT)
        d->doubt = true;
    if (*code == RC_DOUBT || *d->q->hangup)
        d->open = true;
    return !d->open;
}

/* --- away ------------------------------------------------------------------ */

static void moves_no_plan(struct rolling *d)
{
    for (uint32_t i = 0; i < d->r->host_n; i++)
        if (roll_is_at(d->r, &d->r->host[i], ROLL_DO_DRAIN))
            roll_fails(d, i, "no plan lets its guests leave");
}

void roll_do_drain(struct rolling *d)
{
    enum exit_code code;

    if (!moves_made(d, d->r->away_run, &goal_drain, ROLL_DO_DRAIN, &code))
        return;
    if (code && d->wish) /* it was stopped: its hosts are given back */
        return;
    if (code == RC_NOPLAN) {
        moves_no_plan(d);
        return;
    }
    /* Where not all guests have left, some hosts may be empty all the same:
     * the look at each host tells. */
    for (uint32_t i = 0; i < d->r->host_n; i++)
        if (roll_is_at(d->r, &d->r->host[i], ROLL_DO_DRAIN))
            roll_passes(d, i);
}

/* --- home ------------------------------------------------------------------ */

/* Guests that cannot return are named by the run, and stop nothing. */
void roll_do_home(struct rolling *d)
{
    const struct goal *goal = &goal_home;
    enum exit_code code = RC_OK;

    if (!moves_made(d, d->r->home_run, goal, ROLL_DO_HOME, &code))
        return;
    if (code && d->wish == CANCEL_NOW)
        return;
    for (uint32_t i = 0; i < d->r->host_n; i++) {
        struct roll_host *h = &d->r->host[i];

        if (!roll_is_at(d->r, h, ROLL_DO_HOME))
            continue;
        if (code)
            snprintf(h->why, sizeof h->why, "guests are not home");
        roll_passes(d, i);
    }
}

/* --- cut off ---------------------------------------------------------------- */

static bool moves_settled(struct rolling *d, const char *run,
                          const struct goal *goal, enum roll_do what)
{
    enum exit_code code;

    if (!roll_any_at(d, what) || moves_known(d, run, &code) != RUN_IS_OPEN)
        return true;
    return moves_made(d, run, goal, what, &code);
}

bool roll_settle_moves(struct rolling *d)
{
    return moves_settled(d, d->r->away_run, &goal_drain, ROLL_DO_DRAIN) &&
           (d->wish != CANCEL_NOW ||
            moves_settled(d, d->r->home_run, &goal_home, ROLL_DO_HOME));
}
