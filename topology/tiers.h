/* SPDX-License-Identifier: LGPL-2.1-only */
/* Computes the layers of a fabric: hosts 0, their switches 1, and so on. */
#ifndef RACKHOP_TOPOLOGY_TIERS_H
#define RACKHOP_TOPOLOGY_TIERS_H

#include "topology/topology.h"

enum { TIER_NONE = UINT16_MAX };

/* For each node the links to the nearest host, or TIER_NONE when no way leads
 * to one; the caller's to free(). NULL: out of memory. */
uint16_t *tiers_of(const struct topo *t);

#endif
