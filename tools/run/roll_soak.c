/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Watches canaries of a roll that are done: they answer, the guests that came
 * back stay there, and at the end the check passes once more.
 */
#include <errno.h>
#include <stdlib.h>

#include "tools/doc/facts.h"
#include "tools/run/roll_impl.h"

enum { SOAK_SILENT_MOST = 3 }; /* looks without an answer, one after another */

/* The guests that are there when the soak begins are those to watch. */
static void soak_begin(struct rolling *d, uint32_t host,
                       struct strlist *guests)
{
    struct roll_host *h = &d->r->host[host];

    strlist_dispose(&h->guests);
    h->guests = *guests;
    *guests = (struct strlist){ .s = NULL };
    h->watched = true;
    h->since = roll_now();
    roll_keep_host(d, host);
}

static void soak_compare(struct rolling *d, uint32_t host,
                         const struct strlist *guests)
{
    const struct roll_host *h = &d->r->host[host];
    struct msg why;

    for (size_t i = 0; i < h->guests.n; i++)
        if (!strlist_has(guests, h->guests.s[i])) {
            msg_set(&why,
                    "guest %s, which was on it when the soak began, is not "
                    "there any more",
                    h->guests.s[i]);
            roll_fails(d, host, why.text);
            return;
        }
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
    struct strlist guests = { .s = NULL };
    struct msg ignored;

    if (j->rc || !j->out ||
        facts_guests(&guests, NULL, NULL, j->out, j->len, &ignored)) {
        soak_silent(d, host, j, late);
    } else {
        h->silent = 0;
        if (h->watched)
            soak_compare(d, host, &guests);
        else
            soak_begin(d, host, &guests);
    }
    strlist_dispose(&guests);
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

void roll_do_soak(struct rolling *d)
{
    roll_poll(d, ROLL_DO_SOAK, soak_left(d), soak_look);
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
