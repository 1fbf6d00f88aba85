/* SPDX-License-Identifier: LGPL-2.1-only */
/* Remembers which rack each host was in, joins what lost cables have divided,
 * and warns of a change. */
#ifndef RACKHOP_CLUSTER_RACKS_SEEN_H
#define RACKHOP_CLUSTER_RACKS_SEEN_H

#include "topology/map.h"

/*
 * With rejoin (no rack is named by the configuration): hosts whose rack nobody
 * was in before, and that all were in one rack, are in that rack still, if the
 * switches after which the two are called are joined by a cable or share a
 * host: each of a pair of switches has lost another host's cable.
 *
 * Adds a warning "rack-changed" for each host that was in another rack when a
 * plan was made last, and remembers this map if `keep`. Who may not write the
 * state keeps the older one. 0 or -ENOMEM.
 */
int racks_seen(struct topo_map *m, bool rejoin, bool keep);

#endif
