/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes how far a roll is, tells of it, and hears who wishes that it ends. */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "tools/base/clock.h"
#include "tools/run/roll_impl.h"

enum { ROLL_LOOK_MS = 500 };

double roll_now(void)
{
    return (double)time(NULL);
}

void roll_note(struct rolling *d, const char *fmt, ...)
{
    struct msg m;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(m.text, sizeof m.text, fmt, ap);
    va_end(ap);
    d->ev->note(d->ev->arg, m.text);
}

/* --- the record ------------------------------------------------------------ */

static void roll_broken(struct rolling *d)
{
    if (!d->open)
        roll_note(d, "%s", d->err.text);
    d->open = true;
}

void roll_keep_host(struct rolling *d, uint32_t host)
{
    if (roll_save_host(d->store, d->r, host, &d->err))
        roll_broken(d);
}

void roll_keep_head(struct rolling *d)
{
    if (roll_save(d->store, d->r, &d->err))
        roll_broken(d);
}

static void roll_stepped(struct rolling *d, uint32_t host)
{
    roll_keep_host(d, host);
    if (!d->open)
        d->ev->step(d->ev->arg, d->r, host);
}

void roll_passes(struct rolling *d, uint32_t host)
{
    roll_pass(d->r, &d->r->host[host], roll_now());
    roll_stepped(d, host);
}

void roll_fails(struct rolling *d, uint32_t host, const char *why)
{
    roll_fail(&d->r->host[host], why, roll_now());
    roll_stepped(d, host);
}

/* --- wishes ---------------------------------------------------------------- */

static enum cancel_wish roll_wished(struct rolling *d)
{
    enum cancel_wish w = d->wish;
    int64_t now = clock_ms();

    if (now - d->looked_ms >= ROLL_LOOK_MS) {
        enum cancel_wish stored = roll_cancelled(d->store, d->r->name);

        d->looked_ms = now;
        w = stored > w ? stored : w;
    }
    if (*d->q->interrupts > 0 && w < CANCEL_STOP)
        w = CANCEL_STOP;
    return *d->q->interrupts > 1 ? CANCEL_NOW : w;
}

void roll_heed(struct rolling *d)
{
    enum cancel_wish w = roll_wished(d);

    if (w == d->wish)
        return;
    d->wish = w;
    if (!*d->q->hangup)
        roll_cancel(d->store, d->r->name,
                    w); /* also for who goes on after us */
    roll_note(d, w == CANCEL_NOW
                     ? "cancelling now: nothing is waited for any more"
                     : "cancelling: hosts whose hook has begun are done "
                       "first, others are given back (once more: nothing is "
                       "waited for)");
}

bool roll_leaves(const struct rolling *d)
{
    return d->open || d->wish == CANCEL_NOW || *d->q->hangup;
}

bool roll_any_at(const struct rolling *d, enum roll_do what)
{
    for (uint32_t i = 0; i < d->r->host_n; i++)
        if (roll_is_at(d->r, &d->r->host[i], what))
            return true;
    return false;
}
