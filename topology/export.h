/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the map in forms that other programs read. */
#ifndef RACKHOP_TOPOLOGY_EXPORT_H
#define RACKHOP_TOPOLOGY_EXPORT_H

#include <stdio.h>

#include "topology/map.h"

/* DOT with every cable by itself, which topo_dot_parse() reads back. */
void topo_write_dot(const struct topo *t, FILE *f);

/* What is known of a host beside its cables. */
struct topo_svg_host {
    const char *state; /* "up", or a word that says why not; NULL: not known */
    unsigned guests;
    int64_t used_mib, capacity_mib; /* for guests; < 0: not known */
};
struct topo_svg {
    const struct topo_svg_host *host; /* by node; NULL: of none */
    const char *taken;                /* when; NULL: not known */
    const char *rack;                 /* the map is of this rack alone */
    bool ports;                       /* name the ports of each cable */
};
/* A drawing in SVG that needs nothing else. 0 or -ENOMEM. */
int topo_write_svg(const struct topo *t, const struct topo_svg *look, FILE *f);
/* "2 racks, 4 hosts, 3 switches, 8 cables" */
void topo_write_counts(const struct topo *t, FILE *f);
void topo_write_slurm(const struct topo *t, FILE *f);
void topo_write_hdfs(const struct topo *t, FILE *f);
void topo_write_prometheus(const struct topo_map *m, struct topo_dist *d,
                           FILE *f);
/* Of these, what is said of cables: their speeds, and their loads if any is
 * known. */
void topo_write_link_metrics(const struct topo *t, FILE *f);

#endif
