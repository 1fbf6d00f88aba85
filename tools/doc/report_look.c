/* SPDX-License-Identifier: LGPL-2.1-only */
/* Answers questions about the moves of a report. */
#include "tools/doc/report_impl.h"

const char *report_state(const struct report *r, const struct report_move *m)
{
    switch (m->state) {
    case MOVE_PLANNED: return r->ended ? "not made" : "planned";
    case MOVE_STARTED: return r->ended ? "not ended" : "running";
    case MOVE_DONE: return "done";
    case MOVE_FAILED: return "failed";
    case MOVE_DOUBT: return "in doubt";
    case MOVE_SKIPPED: return "skipped";
    }
    return "";
}

bool report_made(const struct report_move *m)
{
    return m->began_s >= 0;
}

double report_began(const struct report_move *m)
{
    return report_made(m) ? m->began_s : m->start_s;
}

double report_ended(const struct report_move *m)
{
    if (!report_made(m))
        return m->start_s + m->seconds;
    return m->ended_s >= 0 ? m->ended_s : m->began_s + m->seconds;
}

bool report_waits(const struct report *r, uint32_t move, uint32_t other)
{
    for (uint32_t i = 0; i < r->move[move].after_n; i++)
        if (r->move[move].after[i] == other)
            return true;
    return false;
}

int report_hosts(const struct report *r, struct names *t)
{
    int rc = names_init(t, 2 * r->move_n);

    for (uint32_t i = 0; i < r->move_n && !rc; i++) {
        names_add(t, r->move[i].from);
        names_add(t, r->move[i].to);
    }
    if (!rc)
        names_close(t);
    return rc;
}
