/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the plan of a rolling maintenance as rackhop-roll/1. */
#ifndef RACKHOP_DOC_ROLL_H
#define RACKHOP_DOC_ROLL_H

#include <stdio.h>

#include "scheduler/roll.h"

/* sha256: of the snapshot file. 0 or a negative errno. */
int roll_print(FILE *f, struct plan_cluster *c, const struct plan_roll *p,
               const struct plan_roll_options *o, const char *sha256);

#endif
