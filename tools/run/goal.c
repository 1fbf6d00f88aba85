/* SPDX-License-Identifier: LGPL-2.1-only */
/* Has the table of goals, and finds a goal by its name. */
#include "tools/run/goal.h"

#include <string.h>

#include "tools/run/run.h"

static const struct goal *const goals[] = { &goal_drain, &goal_rebalance,
                                            &goal_migrate, &goal_home,
                                            &goal_evacuate };

const struct goal *goal_row(unsigned i)
{
    return i < sizeof goals / sizeof *goals ? goals[i] : NULL;
}

const struct goal *goal_find(const char *name)
{
    for (size_t i = 0; i < sizeof goals / sizeof *goals; i++)
        if (!strcmp(goals[i]->name, name))
            return goals[i];
    return NULL;
}

const struct goal *goal_of_run(const struct run *r)
{
    const struct goal *g = goal_find(r->goal);

    if (!g && !strcmp(r->goal, goal_loops.name))
        return &goal_loops;
    return g ? g : &goal_migrate;
}
