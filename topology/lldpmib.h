/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes a view of the rows of LLDP-MIB or LLDP-V2-MIB, ifXTable and ifTable.
 *
 * The walk over the network (source_snmp.c) and its text twin
 * (source_snmptext.c) feed it alike.
 */
#ifndef RACKHOP_TOPOLOGY_LLDPMIB_H
#define RACKHOP_TOPOLOGY_LLDPMIB_H

#include "topology/view.h"

struct mib; /* opaque */

enum mib_type { MIB_NUMBER, MIB_OCTETS, MIB_UNTYPED, MIB_OTHER };

struct mib_value {
    enum mib_type type;
    int64_t num;           /* MIB_NUMBER */
    uint64_t wide;         /* the same, of a counter with 64 bits */
    const uint8_t *octets; /* MIB_OCTETS */
    size_t len;
    bool digits; /* MIB_UNTYPED, which has octets: num is set, too */
};
/* Whether the value is of that type, or may be. */
bool mib_value_fits(const struct mib_value *v, enum mib_type type);

enum { MIB_OID_MAX = 128 };

struct mib *mib_new(void); /* NULL: out of memory */
void mib_free(struct mib *m);
/*
 * Takes one row. Rows may come in any order; those of no interest are passed
 * over, those that are not believed are counted. 0, -ENOMEM, or -E2BIG when a
 * table is larger than any switch's.
 */
int mib_row(struct mib *m, const uint32_t *oid, size_t n,
            const struct mib_value *v);
/* Joins the tables, adds what they say and the counts to the view. */
void mib_finish(struct mib *m, struct topo_view *v);

/* The subtrees that a walk has to ask for, as text; ends with NULL. */
extern const char *const mib_subtrees[];
/* Whether the map needs a subtree. What is counted, which is asked for at the
 * last, tells only how busy cables are. */
bool mib_needs(const char *subtree);
/* Whether what was read makes that subtree superfluous: LLDP-V2-MIB where
 * LLDP-MIB has neighbours. */
bool mib_has_enough(const struct mib *m, const char *subtree);

#endif
