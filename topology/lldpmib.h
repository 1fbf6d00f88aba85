/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Rows of the LLDP-MIB and of the interface tables become a view; used by the
 * walk over the network and by its text twin.
 */
#ifndef RACKHOP_TOPOLOGY_LLDPMIB_H
#define RACKHOP_TOPOLOGY_LLDPMIB_H

#include "topology/source.h"

struct mib; /* opaque */

struct mib_value {
    bool is_num;
    int64_t num;
    const uint8_t *octets;
    size_t len;
};

enum { MIB_OID_MAX = 128 };

struct mib *mib_new(void); /* NULL: out of memory */
void mib_free(struct mib *m);
/* One row, in any order; what is not of interest is passed over. 0, -ENOMEM,
 * or -E2BIG when a table is larger than any switch's. */
int mib_row(struct mib *m, const uint32_t *oid, size_t n,
            const struct mib_value *v);
/* Joins the tables. */
void mib_finish(struct mib *m, struct topo_view *v);

/* What a walk has to ask for: subtrees as text, ends with NULL. */
extern const char *const mib_subtrees[];

#endif
