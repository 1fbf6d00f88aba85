/* SPDX-License-Identifier: LGPL-2.1-only */
/* Adds to a cabling plan while it is read. */
#ifndef RACKHOP_TOPOLOGY_CABLING_IMPL_H
#define RACKHOP_TOPOLOGY_CABLING_IMPL_H

#include "topology/cabling.h"

/* Functions return NULL, or why not; this is the reason when memory is out. */
extern const char *const cabling_no_memory;

/* One end of a cable. */
struct cabling_end {
    char *node, *port; /* port may be NULL */
};

const char *cabling_add_cable(struct topo_cabling *p,
                              const struct cabling_end *a,
                              const struct cabling_end *b, unsigned line);
const char *cabling_add_kind(struct topo_cabling *p, const char *node,
                             enum topo_kind kind);
/* Takes away what was added after the plan had that many cables and nodes. */
void cabling_roll_back(struct topo_cabling *p, size_t cables, size_t nodes);

#endif
