/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the configuration says of guests: their groups, the hosts that may have
 * them, and which are pinned.
 */
#ifndef RACKHOP_CLUSTER_GUEST_RULES_H
#define RACKHOP_CLUSTER_GUEST_RULES_H

#include "tools/config.h"
#include "tools/doc/snapshot_write.h"

struct guest_rules {
    const struct config *conf;
    struct guest_word *word; /* each that names a guest, or guests */
    size_t n, room;
};

/* The configuration stays the caller's. 0 or -ENOMEM; dispose after both. */
int guest_rules_init(struct guest_rules *g, const struct config *conf);
void guest_rules_dispose(struct guest_rules *g);
/* Fills in the lists of a guest, for its facts and name_len. 0 or -ENOMEM */
int guest_rules_of(struct guest_rules *g, struct snapshot_domain *d);
/* After all guests: tells of words that name no guest, no tag, no host or no
 * rack. missing: so many hosts did not answer, and could have the guest. */
void guest_rules_tell(const struct guest_rules *g, const struct topo *map,
                      size_t missing,
                      void (*note)(void *arg, const char *text), void *arg);

#endif
