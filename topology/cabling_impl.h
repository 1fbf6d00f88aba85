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

/* Adds a cable, or a note if it cannot be; a cable that is there already is
 * not added again. */
const char *cabling_add_cable(struct topo_cabling *p,
                              const struct cabling_end *a,
                              const struct cabling_end *b, unsigned line);
const char *cabling_add_kind(struct topo_cabling *p, const char *node,
                             enum topo_kind kind);
/* What a plan has, and taking away what was added since. */
struct cabling_mark {
    size_t cables, nodes, notes;
};
struct cabling_mark cabling_mark(const struct topo_cabling *p);
void cabling_roll_back(struct topo_cabling *p, struct cabling_mark to);

#endif
