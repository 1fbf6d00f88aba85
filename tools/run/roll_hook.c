/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Has the hook or the check of a roll carried out for its hosts.
 *
 * Either is a job by an id that says roll, wave, host and kind, so to ask
 * again is to hear how it is: a connection that breaks, and an executor that
 * is killed, start nothing twice.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/base/clock.h"
#include "tools/doc/host_state.h"
#include "tools/move/hook.h"
#include "tools/paths.h"
#include "tools/run/hook.h"
#include "tools/run/roll_impl.h"

enum {
    JOB_ENV = 10,
    JOB_ASK_S = 180,      /* then anew: the connection may be dead */
    JOB_OUTPUT = 4 << 20, /* of all its lines */
    JOB_FIRST_MS = 200,   /* until it is asked for again */
    JOB_MOST_MS = 5000,
    SSH_FAILED = 255,
};

/* One round of asking all hosts that are at a step. */
struct hook_round {
    struct rolling *d;
    enum roll_do what;
    const char *kind;    /* "hook", "check", "soak" */
    const char *command; /* for sh */
    bool reboots;        /* it may be cut off by a reboot, as it should */
    bool again;          /* one that was lost may run once more */
    bool guarded;        /* it starts only on a host at rest */
};

/* --- the question ---------------------------------------------------------- */

struct hook_text {
    char id[HOOK_ID + 1], boot[40];
    char env[JOB_ENV][HOOK_ID + 300];
    unsigned n;
};

__attribute__((format(printf, 2, 3))) static void hook_tell(
    struct hook_text *t, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(t->env[t->n], sizeof t->env[t->n], fmt, ap);
    va_end(ap);
    t->n++;
}

/* What a hook is told, as far as it is known. */
static void hook_tell_all(const struct hook_round *k,
                          const struct roll_host *h, struct hook_text *t)
{

    const char *address = remote_address(k->d->q->conf, h->name);
    struct host_state s;

    hook_tell(t, "RACKHOP_HOST=%s", h->name);
    hook_tell(t, "RACKHOP_RUN=%s", k->d->r->name);
    hook_tell(t, "RACKHOP_WAVE=%u", h->wave);
    hook_tell(t, "RACKHOP_STEP=%s", k->kind);
    if (address)
        hook_tell(t, "RACKHOP_ADDRESS=%s", address);
    if (!roll_before(h, &s)) {
        if (*s.xen)
            hook_tell(t, "RACKHOP_XEN_BEFORE=%s", s.xen);
        if (*s.boot)
            hook_tell(t, "RACKHOP_BOOT_BEFORE=%s", s.boot);
        snprintf(t->boot, sizeof t->boot, "%s", s.boot);
    }
    host_state_dispose(&s);
    if (*h->xen_now)
        hook_tell(t, "RACKHOP_XEN=%s", h->xen_now);
    if (*h->boot_now)
        hook_tell(t, "RACKHOP_BOOT=%s", h->boot_now);
}

static bool hook_id(const struct hook_round *k, const struct roll_host *h,
                    char id[HOOK_ID + 1])
{
    int n = snprintf(id, HOOK_ID + 1, "%s.%u.%s.%s", k->d->r->name, h->wave,
                     h->name, k->kind);

    return n > 0 && n <= HOOK_ID && hook_id_ok(id);
}

/* false: the id would not be one. */
static bool hook_fill(const struct hook_round *k, const struct roll_host *h,
                      struct hook_text *t, struct hook_ask *a)
{
    if (!hook_id(k, h, t->id))
        return false;
    hook_tell_all(k, h, t);
    *a = (struct hook_ask){ .id = t->id,
                            .command = k->command,
                            .deadline_s = k->d->r->work.hook_s,
                            .runs = h->retried ? 2 : 0,
                            .if_empty = k->guarded };
    /* What was lost by a boot of its host runs in another one. */
    if (k->guarded && *t->boot && !h->retried)
        a->if_boot = t->boot;
    for (unsigned i = 0; i < t->n; i++)
        a->env[i] = t->env[i];
    return true;
}

/* What sh is to run. NULL: it cannot be asked for. */
static char *hook_command(const struct hook_round *k,
                          const struct roll_host *h)
{
    struct hook_text t = { .n = 0 };
    struct hook_words words;
    struct hook_ask a;

    if (!hook_fill(k, h, &t, &a))
        return NULL;
    hook_words(&a, &words);
    return k->d->r->work.at_admin
               ? remote_here(&k->d->remote, words.args)
               : remote_command(&k->d->remote, h->name, words.args);
}

/* --- the answer ------------------------------------------------------------ */

/* The last line that says how it is. false: there is none. */
static bool hook_last_event(const struct gather_job *j, struct hook_event *e)
{
    size_t end = j->out ? j->len : 0;

    while (end > 0) {
        size_t from = end;

        while (from > 0 && j->out[from - 1] != '\n')
            from--;
        if (!hook_event_parse(e, j->out + from, end - from))
            return true;
        end = from ? from - 1 : 0;
    }
    return false;
}

/* Nothing was heard of the job: is that because the way to it broke, or was
 * left because it had said enough? */
static bool hook_way_broke(const struct gather_job *j)
{
    return j->rc == -ETIMEDOUT || (j->rc == -EIO && j->code == SSH_FAILED) ||
           j->rc == -EFBIG || !j->rc;
}

struct hook_heard {
    bool at_all;
    bool lost_once; /* it ran once, and nobody knows how it ended */
};

static enum hook_verdict hook_answer(const struct hook_round *k,
                                     const struct gather_job *j, bool known,
                                     struct hook_heard *heard, struct msg *why)
{
    struct hook_event *e = malloc(sizeof *e);
    enum hook_verdict v = HOOK_FAILED;

    heard->at_all = e && hook_last_event(j, e);
    if (!e)
        v = HOOK_GOES_ON;
    else if (heard->at_all)
        v = hook_verdict(e, k->reboots, why);
    else if (known || hook_way_broke(j)) /* it may be booting */
        v = HOOK_GOES_ON;
    else
        msg_set(why, "it could not be started: %s",
                *j->said ? j->said : "no reason is known");
    heard->lost_once =
        heard->at_all && e->job.state == HOOK_LOST && e->job.runs < 2;
    free(e);
    return v;
}

/* Has nothing been said of it for so long that no more is to be expected? A
 * host that goes off is silent sooner. */
static bool hook_is_gone(const struct hook_round *k, struct roll_host *h,
                         const struct gather_job *j, bool heard)
{
    int64_t now = clock_ms();

    if (heard) {
        h->quiet_ms = h->silent = 0;
        h->heard = true;
        return false;
    }
    if (!h->quiet_ms)
        h->quiet_ms = now;
    if (k->d->r->work.off && roll_is_silent(h, j))
        return true;
    return now - h->quiet_ms >= 1000 * (int64_t)k->d->r->work.back_s;
}

static void hook_fails(const struct hook_round *k, uint32_t host,
                       const char *why)
{
    struct msg all;

    msg_set(&all, "the %s: %s", k->kind, why);
    roll_fails(k->d, host, all.text);
}

static void hook_goes_on(const struct hook_round *k, uint32_t host,
                         const struct gather_job *j, bool heard)
{
    struct msg why;

    if (!hook_is_gone(k, &k->d->r->host[host], j, heard))
        return;
    msg_set(&why, "nothing is heard of it: %s",
            *j->said ? j->said : "no answer");
    if (k->what == ROLL_DO_HOOK && k->d->r->work.off)
        roll_passes(k->d, host); /* whether it is off is looked at next */
    else
        hook_fails(k, host, why.text);
}

/* On record before it is asked for, so that it is at most once more. */
static void hook_retry(const struct hook_round *k, uint32_t host)
{
    struct roll_host *h = &k->d->r->host[host];

    h->retried = true;
    roll_keep_host(k->d, host);
    roll_note(k->d, "%s: its hook was lost, and is run once more", h->name);
}

static void hook_hear(const struct hook_round *k, uint32_t host,
                      const struct gather_job *j)
{
    struct roll_host *h = &k->d->r->host[host];
    struct msg why = MSG_NONE;
    struct hook_heard heard;

    switch (hook_answer(k, j, h->heard, &heard, &why)) {
    case HOOK_DONE:
    case HOOK_BOOTED: roll_passes(k->d, host); break;
    case HOOK_GOES_ON: hook_goes_on(k, host, j, heard.at_all); break;
    case HOOK_FAILED:
        if (k->again && heard.lost_once && !h->retried)
            hook_retry(k, host);
        else
            hook_fails(k, host, why.text);
    }
}

/* --- rounds ---------------------------------------------------------------- */

/* A host whose name makes no id fails here, and gets no job. */
static size_t hook_jobs(const struct hook_round *k, struct gather_job *job,
                        uint32_t *host)
{
    size_t n = 0;

    for (uint32_t i = 0; i < k->d->r->host_n; i++) {
        if (!roll_is_at(k->d->r, &k->d->r->host[i], k->what))
            continue;
        job[n].command = hook_command(k, &k->d->r->host[i]);
        job[n].most = JOB_OUTPUT;
        if (job[n].command)
            host[n++] = i;
        else
            roll_fails(k->d, i,
                       "it cannot be asked for: its name is too "
                       "long, or there is no memory");
    }
    return n;
}

static void hook_ask_once(const struct hook_round *k)
{
    uint32_t most = k->d->r->host_n;
    struct gather_job *job = calloc(most + 1u, sizeof *job);
    uint32_t *host = calloc(most + 1u, sizeof *host);
    size_t n = job && host ? hook_jobs(k, job, host) : 0;

    if (n && roll_ask(k->d, job, n, JOB_ASK_S * 1000))
        for (size_t i = 0; i < n; i++)
            hook_hear(k, host[i], &job[i]);
    if (job)
        gather_dispose(job, n);
    free(job);
    free(host);
}

/* Until each has ended: its host sees to the deadline. */
static void hook_rounds(const struct hook_round *k)
{
    unsigned pause = JOB_FIRST_MS;

    while (roll_any_at(k->d, k->what) && !roll_leaves(k->d)) {
        hook_ask_once(k);
        if (!roll_any_at(k->d, k->what))
            return;
        roll_sleep(k->d, pause);
        pause = 2 * pause < JOB_MOST_MS ? 2 * pause : JOB_MOST_MS;
    }
}

void roll_do_hook(struct rolling *d)
{
    const struct roll_work *w = &d->r->work;
    struct hook_round k = { .d = d,
                            .what = ROLL_DO_HOOK,
                            .kind = "hook",
                            .command = w->hook,
                            /* here it is no boot of that host that ends it */
                            .reboots = (w->reboot || w->off) && !w->at_admin,
                            .again = w->again,
                            .guarded = !w->at_admin };

    if (w->at_admin)
        roll_look_again(d);
    hook_rounds(&k);
}

static int hook_nothing(void *arg, const struct hook_record *r)
{
    return 0;
}

bool roll_hook_is_known(const struct rolling *d, uint32_t host)
{
    struct hook_round k = { .d = (struct rolling *)d, .kind = "hook" };
    char id[HOOK_ID + 1];
    struct msg ignored;

    /* what cannot be read counts as known: nothing is started by that */
    return hook_id(&k, &d->r->host[host], id) &&
           hook_each(path_state(), id, hook_nothing, NULL, &ignored) !=
               -ENOENT;
}

void roll_do_check(struct rolling *d)
{
    struct hook_round k = { .d = d,
                            .what = ROLL_DO_CHECK,
                            .kind = "check",
                            .command = d->r->work.check };

    hook_rounds(&k);
}

void roll_check_soaked(struct rolling *d)
{
    struct hook_round k = { .d = d,
                            .what = ROLL_DO_SOAK,
                            .kind = "soak",
                            .command = d->r->work.check };

    hook_rounds(&k);
}
