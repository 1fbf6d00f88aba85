/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the moves that loops want as a rackhop-plan/1, each with its reason. */
#ifndef RACKHOP_DOC_LOOPS_PLAN_H
#define RACKHOP_DOC_LOOPS_PLAN_H

#include "scheduler/scheduler.h"

struct loops_step {
    uint32_t domain, to;
    const char *reason;
};

/*
 * Moves in this order, each after the one before: the loops have counted on
 * that order for the room on hosts. To be freed; NULL: no memory.
 */
char *loops_plan_format(struct plan_cluster *c, const struct loops_step *step,
                        uint32_t n, const char *sha256);

#endif
