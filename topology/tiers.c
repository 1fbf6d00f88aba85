/* SPDX-License-Identifier: LGPL-2.1-only */
/* Computes the layers of a fabric: hosts 0, their switches 1, and so on. */
#include "topology/tiers.h"

#include <stdlib.h>

static bool tier_relax(uint16_t *tier, uint32_t a, uint32_t b)
{
    if (tier[a] == TIER_NONE || tier[b] <= tier[a] + 1)
        return false;
    tier[b] = (uint16_t)(tier[a] + 1);
    return true;
}

uint16_t *tiers_of(const struct topo *t)
{
    uint16_t *tier = calloc(topo_nodes(t) + 1, sizeof *tier);
    bool changed = true;

    if (!tier)
        return NULL;
    for (uint32_t i = 0; i < topo_nodes(t); i++)
        tier[i] = topo_node(t, i)->kind == TOPO_HOST ? 0 : TIER_NONE;
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < topo_links(t); i++) {
            const struct topo_link *l = topo_link(t, i);

            changed |= tier_relax(tier, l->a, l->b);
            changed |= tier_relax(tier, l->b, l->a);
        }
    }
    return tier;
}
