/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the load of the map's links: how much the counters of their ports have
 * grown since an earlier look. A look takes no time of its own, since the
 * earlier one was the last `rackhop topology`, plan or run of this host.
 */
#ifndef RACKHOP_CLUSTER_LINK_LOAD_H
#define RACKHOP_CLUSTER_LINK_LOAD_H

#include "tools/cluster/views.h"

/* By an earlier look that was captured as well. 0 or -ENOMEM. */
int link_load_between(struct views *now, const struct views *then);
/* By the look that this host's state remembers, which is brought up to date.
 * Who may not write the state keeps the older one. 0 or -ENOMEM. */
int link_load_seen(struct views *now);
/* Forgets the earlier look: guests have moved since, and what they took of the
 * links is no load that stays. */
void link_load_forget(void);

#endif
