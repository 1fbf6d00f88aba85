/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the guest that an operand names: by its UUID or by its name. */
#ifndef RACKHOP_CLUSTER_FIND_H
#define RACKHOP_CLUSTER_FIND_H

#include <stdint.h>

#include "scheduler/scheduler.h"
#include "tools/base/msg.h"

/* 0; or a sentence in err, and -ENOENT: no guest is called that, or
 * -ENOTUNIQ: several are. */
int find_guest(const struct plan_cluster *c, const char *word, uint32_t *dom_r,
               struct msg *err);

#endif
