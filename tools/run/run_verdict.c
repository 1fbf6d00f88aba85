/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells what came of a run: the guests that are left, and the exit code. */
#include "tools/run/run.h"

#include <string.h>

#include "tools/run/goal.h"

static bool run_is_first(const struct run *r, uint32_t move)
{
    for (uint32_t i = 0; i < move; i++)
        if (!strcmp(r->move[i].uuid, r->move[move].uuid))
            return false;
    return true;
}

/* Of all moves of one guest, the last one that says how far the guest is: one
 * that was only planned says it when no other does. */
static const struct run_move *run_verdict(const struct run *r, uint32_t first)
{
    const struct run_move *v = &r->move[first];

    for (uint32_t i = first; i < r->move_n; i++) {
        const struct run_move *m = &r->move[i];

        if (!strcmp(m->uuid, r->move[first].uuid) &&
            (m->state != MOVE_PLANNED || v->state == MOVE_PLANNED))
            v = m;
    }
    return v;
}

uint32_t run_left(const struct run *r,
                  void (*left)(void *arg, const struct run_move *m,
                               const char *why),
                  void *arg)
{
    const struct goal *goal = goal_of_run(r);
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->move_n; i++) {
        const struct run_move *m;

        if (!run_is_first(r, i))
            continue;
        m = run_verdict(r, i);
        if (m->state == MOVE_DONE || m->state == MOVE_SKIPPED ||
            goal->is_met(r, m))
            continue;
        n++;
        if (left)
            left(arg, m,
                 *m->why                    ? m->why
                 : m->state == MOVE_STARTED ? "it was started"
                                            : "it was not started");
    }
    return n;
}

enum exit_code run_code(const struct run *r)
{
    bool done = false, doubt = false;

    for (uint32_t i = 0; i < r->move_n; i++) {
        done |= r->move[i].state == MOVE_DONE;
        doubt |= r->move[i].state == MOVE_DOUBT;
    }
    if (doubt)
        return RC_DOUBT;
    if (!run_left(r, NULL, NULL))
        return r->stranded ? RC_PARTLY : RC_OK;
    return done ? RC_PARTLY : RC_FAILED;
}
