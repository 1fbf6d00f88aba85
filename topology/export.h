/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the map in forms that other programs read. */
#ifndef RACKHOP_TOPOLOGY_EXPORT_H
#define RACKHOP_TOPOLOGY_EXPORT_H

#include <stdio.h>

#include "topology/map.h"

/* DOT with every cable by itself, which topo_dot_parse() reads back. */
void topo_write_dot(const struct topo *t, FILE *f);
/* DOT to be drawn: racks of many hosts are tables. */
void topo_write_picture(const struct topo *t, FILE *f);
void topo_write_slurm(const struct topo *t, FILE *f);
void topo_write_hdfs(const struct topo *t, FILE *f);
void topo_write_prometheus(const struct topo_map *m, struct topo_dist *d,
                           FILE *f);
/* Of these, what is said of cables: their speeds, and their loads if any is
 * known. */
void topo_write_link_metrics(const struct topo *t, FILE *f);

#endif
