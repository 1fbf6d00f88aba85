/* SPDX-License-Identifier: LGPL-2.1-only */
/* The layers of a fabric, for writers: hosts 0, their switches 1, and so
 * on. */
#ifndef RACKHOP_TOPOLOGY_TIERS_H
#define RACKHOP_TOPOLOGY_TIERS_H

#include "topology/topology.h"

/* tier[node] = links to the nearest host, TIER_NONE when there is none; the
 * caller's to free(). NULL: out of memory. */
enum { TIER_NONE = UINT16_MAX };
uint16_t *tiers_of(const struct topo *t);

#endif
