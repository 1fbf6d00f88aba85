/* SPDX-License-Identifier: LGPL-2.1-only */
/* Remembers which rack each host was in, and warns of a change. */
#ifndef RACKHOP_CLUSTER_RACKS_SEEN_H
#define RACKHOP_CLUSTER_RACKS_SEEN_H

#include "topology/map.h"

/*
 * Adds a warning "rack-changed" for each host that was in another rack when a
 * plan was made last, and remembers this map if `keep`. Who may not write the
 * state keeps the older one. 0 or -ENOMEM.
 */
int racks_seen(struct topo_map *m, bool keep);

#endif
