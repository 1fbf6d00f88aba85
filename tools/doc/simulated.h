/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes a made-up cluster as a rackhop-snapshot/1. */
#ifndef RACKHOP_DOC_SIMULATED_H
#define RACKHOP_DOC_SIMULATED_H

#include "scheduler/sim.h"
#include "tools/doc/json.h"

void simulated_write(struct json_out *o, const struct plan_sim *s,
                     const struct plan_sim_cluster *c);

#endif
