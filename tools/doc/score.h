/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the candidates of a guest, as `rackhop score --json` shows them. */
#ifndef RACKHOP_DOC_SCORE_H
#define RACKHOP_DOC_SCORE_H

#include "scheduler/scheduler.h"
#include "tools/doc/json.h"

void score_write(struct json_out *o, struct plan_cluster *c, uint32_t dom,
                 const struct plan_candidate *k, uint32_t n);

#endif
