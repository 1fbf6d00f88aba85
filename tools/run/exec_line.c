/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes the lines of running moves: how far each is, and what it measured. */
#include <stdio.h>

#include "tools/run/exec_impl.h"

enum { PAGE = 4096 };
static const double mib = 1048576;

static void child_measure(struct exec_child *c, struct exec_progress *l,
                          double bytes)
{
    int64_t now = clock_ms();
    double s = (double)(now - c->last_ms) / 1000, rate;

    if (!c->last_ms || bytes < c->last_bytes) {
        c->last_ms = now;
        c->last_bytes = bytes;
    } else if (s > 0.4) {
        rate = (bytes - c->last_bytes) / s;
        l->rate = l->rate >= 0 ? 0.6 * l->rate + 0.4 * rate : rate;
        c->last_ms = now;
        c->last_bytes = bytes;
    }
    l->bytes = bytes;
}

static void child_end_line(struct exec *e, struct exec_child *c,
                           const struct moveline *ml)
{
    struct run_move *m = &e->run->move[c->move];

    m->bytes = (double)ml->bytes;
    m->took_s = ml->seconds;
    m->stopped_ms = ml->downtime_ms;
    m->last_copy_ms = ml->last_copy_ms;
    snprintf(c->error, sizeof c->error, "%s", ml->text);
}

/* Others may have its links from now on. */
static void child_sent(struct exec_child *c)
{
    struct exec_private *p = c->e->p;

    c->sent = p->woken = true;
    if (p->has_dispatch && p->place[c->move] != DISPATCH_NONE)
        dispatch_sent(&p->d, p->place[c->move]);
}

/* Of one that is prepared only this counts. One that was told to start meanwhile,
 * as the first are, may have said it long before it is read. */
static void child_ahead_line(struct exec_child *c, const struct moveline *ml)
{
    if (ml->event == MOVELINE_HELD)
        c->e->p->setup_ms = clock_ms() - c->since_ms + 1;
    else if (ml->event == MOVELINE_NOTE)
        exec_say(c->e, EXEC_NOTE, c->move, "%s", ml->text);
}

void exec_line(void *arg, const char *text, size_t len)
{
    struct exec_child *c = arg;
    struct exec *e = c->e;
    struct exec_progress *l = &e->progress[c->move];
    struct moveline ml;

    if (moveline_parse(&ml, text, len))
        return;
    if (c->ahead) {
        child_ahead_line(c, &ml);
        return;
    }
    l->silent = false;
    if (ml.bytes >= 0)
        child_measure(c, l, (double)ml.bytes);
    switch (ml.event) {
    case MOVELINE_ROUND:
        if (ml.round >= 0)
            l->round = ml.round;
        if (!ml.round_ended)
            break;
        l->dirty_mib =
            ml.dirty_pages < 0 ? -1 : (double)ml.dirty_pages * PAGE / mib;
        l->pause_ms = (double)ml.pause_ms;
        l->eta_s = ml.eta_ms < 0 ? -1 : (double)ml.eta_ms / 1000;
        c->sends_until_ms = ml.eta_ms < 0 ? 0 : clock_ms() + ml.eta_ms;
        exec_say(e, EXEC_ROUND, c->move, "%s", "");
        break;
    case MOVELINE_COPIED: child_sent(c); break;
    case MOVELINE_SUSPEND:
    case MOVELINE_GO: l->suspended = true; break;
    case MOVELINE_END: child_end_line(e, c, &ml); break;
    case MOVELINE_NOTE: exec_say(e, EXEC_NOTE, c->move, "%s", ml.text); break;
    case MOVELINE_TEXT:
    case MOVELINE_HELD:
    case MOVELINE_PROGRESS:
    case MOVELINE_OTHER: break;
    }
}
