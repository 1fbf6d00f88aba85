/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Holds the maintenance of a roll's hosts while they are worked on, so that no
 * other roll or drain takes them and nobody gives them guests; and ends it.
 *
 * A host with an older rackhop refuses these words as usage: its mark is
 * anybody's, as it was.
 */
#include <stdlib.h>

#include "tools/run/roll_impl.h"

enum { UNDRAIN_TRIES = 5, UNDRAIN_PAUSE_MS = 1000 };

/* --- the question ---------------------------------------------------------- */

/* The hosts that are asked, and what they said. */
struct mark_calls {
    struct remote_call *call;
    uint32_t *host, n; /* of the roll */
};

/* false: no memory. Either way it is to be disposed of. */
static bool mark_init(struct mark_calls *m, const struct rolling *d)
{
    *m = (struct mark_calls){
        .call = calloc(d->r->host_n + 1u, sizeof *m->call),
        .host = calloc(d->r->host_n + 1u, sizeof *m->host),
    };
    return m->call && m->host;
}

static void mark_dispose(struct mark_calls *m)
{
    if (m->call)
        remote_dispose(m->call, m->n);
    free(m->call);
    free(m->host);
}

static void mark_add(struct mark_calls *m, const struct rolling *d,
                     uint32_t host, const char **args)
{
    m->host[m->n] = host;
    m->call[m->n++] =
        (struct remote_call){ .host = d->r->host[host].name, .args = args };
}

/* older: what a host is told that does not know the words; NULL: nothing.
 * false: no memory. */
static bool mark_ask(struct mark_calls *m, const struct rolling *d,
                     const char **older)
{
    bool ok = !remote_each(&d->remote, m->call, m->n);

    for (uint32_t i = 0; i < m->n && ok; i++) {
        if (m->call[i].rc != RC_USAGE)
            continue;
        m->call[i].rc = 0;
        if (!older)
            continue;
        remote_dispose(&m->call[i], 1);
        m->call[i].args = older;
        ok = !remote_each(&d->remote, &m->call[i], 1);
    }
    return ok;
}

static const char *mark_why(const struct remote_call *call)
{
    return *call->said ? call->said : "no answer";
}

/* --- held ------------------------------------------------------------------ */

void roll_hold(struct rolling *d)
{
    const char *args[] = { "maintenance", "hold", d->r->name, d->r->executor,
                           NULL };
    struct mark_calls m;
    bool ok = mark_init(&m, d);

    for (uint32_t i = 0; ok && i < d->r->host_n; i++)
        if (roll_is_at(d->r, &d->r->host[i], ROLL_DO_LOOK))
            mark_add(&m, d, i, args);
    ok = ok && mark_ask(&m, d, NULL);
    for (uint32_t i = 0; ok && i < m.n; i++)
        d->r->host[m.host[i]].held = !m.call[i].rc;
    mark_dispose(&m);
}

enum roll_held roll_hold_one(struct rolling *d, uint32_t host, struct msg *why)
{
    const char *args[] = { "maintenance", "hold", d->r->name, d->r->executor,
                           NULL };
    enum roll_held held = ROLL_UNHELD;
    struct mark_calls m;
    bool ok = mark_init(&m, d);

    msg_set(why, "no memory");
    if (ok)
        mark_add(&m, d, host, args);
    if (ok && mark_ask(&m, d, NULL)) {
        msg_set(why, "%s", mark_why(m.call));
        held = !m.call->rc               ? ROLL_HELD
               : m.call->rc == RC_FAILED ? ROLL_REFUSED
                                         : ROLL_UNHELD;
    }
    mark_dispose(&m);
    return held;
}

/* It failed once it was held, and is not about to boot: one that is awaited, or
 * whose hook was left to itself, may be for a while yet. */
static bool release_may(const struct rolling *d, const struct roll_host *h)
{
    if (h->step != ROLL_FAILED || h->failed_at == ROLL_BACK)
        return false;
    if (h->failed_at == ROLL_HOOK && d->wish == CANCEL_NOW)
        return false;
    return h->failed_at >= ROLL_EMPTY && h->failed_at <= ROLL_UNDRAIN;
}

void roll_release(struct rolling *d)
{
    const char *args[] = { "maintenance", "release", d->r->name, NULL };
    struct mark_calls m;
    bool ok = mark_init(&m, d);

    for (uint32_t i = 0; ok && i < d->r->host_n; i++)
        if (release_may(d, &d->r->host[i]))
            mark_add(&m, d, i, args);
    if (ok && m.n)
        mark_ask(&m, d, NULL);
    mark_dispose(&m);
}

/* --- ended ----------------------------------------------------------------- */

static void undrain_hear(struct rolling *d, const struct mark_calls *m,
                         bool last)
{
    for (uint32_t i = 0; i < m->n; i++) {
        struct msg why;

        msg_set(&why, "it is still in maintenance: %s", mark_why(&m->call[i]));
        if (!m->call[i].rc)
            roll_passes(d, m->host[i]);
        else if (last)
            roll_fails(d, m->host[i], why.text);
    }
}

/* Asks each host that is still marked. */
static void undrain_try(struct rolling *d, bool last)
{
    static const char *older[] = { "maintenance", "clear", NULL };
    const char *args[] = { "maintenance", "clear", d->r->name, NULL };
    struct mark_calls m;
    bool ok = mark_init(&m, d);

    for (uint32_t i = 0; ok && i < d->r->host_n; i++)
        if (roll_is_at(d->r, &d->r->host[i], ROLL_DO_UNDRAIN))
            mark_add(&m, d, i, args);
    if (ok && mark_ask(&m, d, older))
        undrain_hear(d, &m, last);
    mark_dispose(&m);
}

void roll_do_undrain(struct rolling *d)
{
    for (int i = 1; i <= UNDRAIN_TRIES && !d->open && !*d->q->hangup; i++) {
        undrain_try(d, i == UNDRAIN_TRIES);
        if (!roll_any_at(d, ROLL_DO_UNDRAIN))
            return;
        roll_sleep(d, UNDRAIN_PAUSE_MS);
    }
}
