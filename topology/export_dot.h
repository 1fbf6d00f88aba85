/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the writers of DOT share: names, colours, racks. */
#ifndef RACKHOP_TOPOLOGY_EXPORT_DOT_H
#define RACKHOP_TOPOLOGY_EXPORT_DOT_H

#include "topology/export.h"

/* A node that stands in a rack. */
struct dot_member {
    const char *rack, *name;
    uint32_t node;
};

/* export_dot_look.c */
void dot_put_quoted(FILE *f, const char *s);
const char *dot_colour(enum topo_evidence e);
void dot_put_speed(FILE *f, int64_t mbps);
void dot_put_node(FILE *f, const struct topo *t, uint32_t i,
                  const char *indent);

/* export_dot_dispute.c */
/* An attribute that has what is said against the link; topo_dot_parse() passes
 * it over. */
void dot_put_disputed(FILE *f, const struct topo *t, uint32_t link);

/* export_dot_racks.c */
/* The rack of each node, or NULL; the caller's to free(). */
const char **dot_racks(const struct topo *t);
/* Writes all nodes, by rack, and fills m in that order. */
void dot_put_racks(FILE *f, const struct topo *t, const char **rack,
                   struct dot_member *m);

#endif
