/* SPDX-License-Identifier: LGPL-2.1-only */
/* Closes the hosts that hang on the switches of a drained rack alone. */
#ifndef RACKHOP_SCHEDULER_DRAIN_BEHIND_H
#define RACKHOP_SCHEDULER_DRAIN_BEHIND_H

#include "scheduler/scheduler_impl.h"

/* Closes them while these n hosts are being drained. 0 or -ENOMEM. */
int drain_behind_close(struct plan_cluster *c, const uint32_t *hosts,
                       uint32_t n);
/* Opens them again. */
void drain_behind_open(struct plan_cluster *c);

#endif
