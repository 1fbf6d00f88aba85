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
    SOAK_SILENT_MOST = 3, /* looks without an answer, one after another */
    SOAK_LOOKS = 3,       /* before */
    SOAK_DIRTY_MOST = 64, /* guests of a host whose dirty rate is measured */
    SOAK_DIRTY_MS = 30000,
};

/* --- before ---------------------------------------------------------------- */

static double soak_least(double a, double b)
{
    return a < b ? a : b;
}

/* The k-th look, k > 0. Who sends all the time sends in each. */
static void soak_merge(struct guest_looks *all, const struct guest_looks *one,
                       unsigned k)
{
    for (size_t i = 0; i < all->n; i++) {
        struct guest_look *g = &all->look[i];
        const struct guest_look *o = guest_looks_find(one, g->uuid);

        g->steal = !o || g->steal < 0 || o->steal < 0
                       ? -1
                       : g->steal + (o->steal - g->steal) / (k + 1);
        g->tx_bytes_s = o ? soak_least(g->tx_bytes_s, o->tx_bytes_s) : -1;
    }
}

/* How the guests run, in the k-th look. false: it is not known. */
static bool soak_keep_before(struct roll_host *h, const struct gather_job *j,
                             unsigned k, struct msg *why)
{
    struct guest_looks looks = { .look = NULL };
    bool ok = false;

    if (j->rc || !j->out)
        msg_set(why, "%s", *j->said ? j->said : "it does not answer");
    else
        ok = !guest_looks_parse(&looks, j->out, j->len, why);
    if (ok && k) {
        soak_merge(&h->before, &looks, k);
    } else if (ok) {
        guest_looks_dispose(&h->before);
        h->before = looks;
        return true;
    }
    guest_looks_dispose(&looks);
    return ok;
}

/* Asks all once; who does not answer is not compared. false: it was left. */
static bool soak_ask_before(struct rolling *d, const uint32_t *host,
                            uint32_t n, unsigned k, bool *known)
{
    static const char *const args[] = { "facts", "--compact", "--sample",
                                        "2000", NULL };
    struct gather_job *job = calloc(n + 1u, sizeof *job);
    unsigned wait = run_answer_s(d->q->conf) * 1000 + 2000;
    bool ok;

    if (!job)
        return false;
    for (uint32_t i = 0; i < n; i++)
        job[i].command =
            remote_command(&d->remote, d->r->host[host[i]].name, args);
    ok = roll_ask(d, job, n, wait);
    for (uint32_t i = 0; i < n && ok; i++) {
        struct roll_host *h = &d->r->host[host[i]];
        struct msg why = MSG_NONE;

        if (!known[i] || soak_keep_before(h, &job[i], k, &why))
            continue;
        known[i] = false;
        guest_looks_dispose(&h->before);
        roll_note(d,
                  "how the guests of %s run now is not known (%s): when "
                  "they are back they are not compared",
                  h->name, why.text);
    }
    gather_dispose(job, n);
    free(job);
    return ok;
}

/* Measures the guests' dirty rates on their host, all at once. The guests are
 * about to be moved, or have just come: Xen's log-dirty mode breaks no large
 * pages that they would keep. */
static void soak_measure(struct rolling *d, uint32_t host,
                         struct guest_looks *l)
{
    const char *args[] = { "dirty",    "--json", "--intervals",
                           "500,1000", NULL,     NULL };
    size_t n = l->n < SOAK_DIRTY_MOST ? l->n : SOAK_DIRTY_MOST;
    struct gather_job *job = calloc(n + 1, sizeof *job);

    for (size_t i = 0; i < n && job; i++) {
        args[4] = l->look[i].uuid;
        job[i].command =
            remote_command(&d->remote, d->r->host[host].name, args);
    }
    if (job && roll_ask(d, job, n, SOAK_DIRTY_MS))
        for (size_t i = 0; i < n; i++)
            if (!job[i].rc && job[i].out)
                l->look[i].dirty_mib_s =
                    guest_dirty_parse(l->look[i].uuid, job[i].out, job[i].len);
    if (job)
        gather_dispose(job, n);
    free(job);
}

void roll_soak_before(struct rolling *d, const uint32_t *host, uint32_t n)
{
    bool *known = calloc(n + 1u, sizeof *known);
    bool ok = known;

    for (uint32_t i = 0; i < n && ok; i++)
        known[i] = true;
    for (unsigned k = 0; k < SOAK_LOOKS && ok; k++)
        ok = soak_ask_before(d, host, n, k, known);
    for (uint32_t i = 0; i < n && ok && !roll_leaves(d); i++)
        soak_measure(d, host[i], &d->r->host[host[i]].before);
    for (uint32_t i = 0; i < n; i++)
        d->r->host[host[i]].more = true;
    free(known);
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
    h->watched = h->more = true;
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
    (void)soak_watch_add(&d->watch[host], &h->before, looks,
                         (double)clock_ms() / 1000);
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

/* The guests that are to be on it still, by their dirty rates. */
static void soak_end(struct rolling *d, uint32_t host)
{
    const struct roll_host *h = &d->r->host[host];
    struct guest_looks looks = { .look = calloc(h->before.n + 1,
                                                sizeof *looks.look) };
    struct msg why;

    for (size_t i = 0; i < h->before.n && looks.look; i++)
        if (strlist_has(&h->guests, h->before.look[i].uuid) &&
            h->before.look[i].dirty_mib_s >= 0) {
            struct guest_look *k = &looks.look[looks.n++];

            *k = h->before.look[i];
            k->dirty_mib_s = k->steal = k->tx_bytes_s = -1;
            k->tx_bytes = -1;
        }
    soak_measure(d, host, &looks);
    (void)soak_watch_add(&d->watch[host], &h->before, &looks,
                         (double)clock_ms() / 1000);
    if (soak_watch_trouble(&d->watch[host], &h->before, &why))
        roll_fails(d, host, why.text);
    guest_looks_dispose(&looks);
}

/* How long the last of them is still to be watched, in seconds. What an
 * executor before us saw is lost: guests are watched long enough to be judged,
 * also when the time was over while nobody was there. */
static double soak_left(const struct rolling *d)
{
    double most = 0, now = roll_now();

    for (uint32_t i = 0; i < d->r->host_n; i++) {
        const struct roll_host *h = &d->r->host[i];
        double left = d->r->work.soak_s,
               least = soak_least(left, SOAK_LEAST_S);

        if (!roll_is_at(d->r, h, ROLL_DO_SOAK))
            continue;
        /* a clock that was set back makes no soak longer */
        if (h->watched && now >= h->since)
            left -= now - h->since;
        left = left > least ? left : least;
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
    for (uint32_t i = 0; i < d->r->host_n && !roll_leaves(d); i++)
        if (roll_is_at(d->r, &d->r->host[i], ROLL_DO_SOAK))
            soak_end(d, i);
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
