/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Watches canaries of a roll that are done: they answer, the guests that came
 * back stay there and run as well as before, and at the end the check passes
 * once more.
 */
#include <errno.h>
#include <stdlib.h>

#include "tools/base/clock.h"
#include "tools/doc/facts.h"
#include "tools/run/roll_impl.h"

enum {
    SOAK_SILENT_MOST = 3,  /* looks without an answer, one after another */
    SOAK_BEFORE_MS = 5000, /* as soak_sample has it */
};
static const char soak_sample[] = "5000";

/* --- before ---------------------------------------------------------------- */

static void soak_keep_before(struct roll_host *h, const struct gather_job *j)
{
    struct msg ignored;

    guest_looks_dispose(&h->before);
    if (j->rc || !j->out ||
        guest_looks_parse(&h->before, j->out, j->len, &ignored))
        guest_looks_dispose(&h->before);
}

void roll_soak_before(struct rolling *d, const uint32_t *host, uint32_t n)
{
    static const char *const args[] = { "facts", "--compact", "--sample",
                                        soak_sample, NULL };
    struct gather_job *job = calloc(n + 1u, sizeof *job);
    unsigned wait = run_answer_s(d->q->conf) * 1000 + SOAK_BEFORE_MS;

    for (uint32_t i = 0; job && i < n; i++)
        job[i].command =
            remote_command(&d->remote, d->r->host[host[i]].name, args);
    if (job && roll_ask(d, job, n, wait))
        for (uint32_t i = 0; i < n; i++)
            soak_keep_before(&d->r->host[host[i]], &job[i]);
    if (job)
        gather_dispose(job, n);
    free(job);
}

/* --- while they are watched ------------------------------------------------ */

/* The guests that are there when the soak begins are those to watch. */
static void soak_begin(struct rolling *d, uint32_t host,
                       const struct guest_looks *looks)
{
    struct roll_host *h = &d->r->host[host];

    strlist_dispose(&h->guests);
    for (size_t i = 0; i < looks->n; i++)
        if (strlist_add(&h->guests, looks->look[i].uuid))
            return; /* with the next look */
    h->watched = true;
    h->since = roll_now();
    roll_keep_host(d, host);
}

static bool soak_gone(const struct roll_host *h,
                      const struct guest_looks *looks, struct msg *why)
{
    for (size_t i = 0; i < h->guests.n; i++)
        if (!guest_looks_find(looks, h->guests.s[i])) {
            msg_set(why,
                    "guest %s, which was on it when the soak began, is not "
                    "there any more",
                    h->guests.s[i]);
            return true;
        }
    return false;
}

static void soak_compare(struct rolling *d, uint32_t host,
                         const struct guest_looks *looks)
{
    const struct roll_host *h = &d->r->host[host];
    struct msg why;

    /* without memory for them, looks that are missing are all that is lost */
    (void)soak_watch_add(&d->watch[host], looks, (double)clock_ms() / 1000);
    if (soak_gone(h, looks, &why) ||
        soak_watch_trouble(&d->watch[host], &h->before, &why))
        roll_fails(d, host, why.text);
}

/* At its end a host that does not answer has not stood the test. */
static void soak_silent(struct rolling *d, uint32_t host,
                        const struct gather_job *j, bool late)
{
    struct msg why;

    if (++d->r->host[host].silent < SOAK_SILENT_MOST && !late)
        return;
    msg_set(&why, "it does not answer while it is watched: %s",
            *j->said ? j->said : "no reason is known");
    roll_fails(d, host, why.text);
}

static void soak_look(struct rolling *d, uint32_t host,
                      const struct gather_job *j, bool late)
{
    struct roll_host *h = &d->r->host[host];
    struct guest_looks looks = { .look = NULL };
    struct msg ignored;

    if (j->rc || !j->out ||
        guest_looks_parse(&looks, j->out, j->len, &ignored)) {
        soak_silent(d, host, j, late);
    } else {
        h->silent = 0;
        if (!h->watched)
            soak_begin(d, host, &looks);
        soak_compare(d, host, &looks);
    }
    guest_looks_dispose(&looks);
}

/* How long the last of them is still to be watched, in seconds. */
static double soak_left(const struct rolling *d)
{
    double most = 0, now = roll_now();

    for (uint32_t i = 0; i < d->r->host_n; i++) {
        const struct roll_host *h = &d->r->host[i];
        double left = d->r->work.soak_s;

        if (!roll_is_at(d->r, h, ROLL_DO_SOAK))
            continue;
        /* a clock that was set back makes no soak longer */
        if (h->watched && now >= h->since)
            left -= now - h->since;
        most = left > most ? left : most;
    }
    return most;
}

/* false: no memory. */
static bool soak_watches(struct rolling *d)
{
    d->watch = calloc(d->r->host_n + 1u, sizeof *d->watch);
    if (!d->watch)
        roll_sleep(d, 1000);
    return d->watch;
}

void roll_do_soak(struct rolling *d)
{
    if (!soak_watches(d))
        return;
    roll_poll(d, ROLL_DO_SOAK, soak_left(d), soak_look);
    for (uint32_t i = 0; i < d->r->host_n; i++)
        soak_watch_dispose(&d->watch[i]);
    free(d->watch);
    d->watch = NULL;
    if (roll_leaves(d))
        return;
    if (d->r->work.check) {
        roll_check_soaked(d);
        return;
    }
    for (uint32_t i = 0; i < d->r->host_n; i++)
        if (roll_is_at(d->r, &d->r->host[i], ROLL_DO_SOAK))
            roll_passes(d, i);
}
