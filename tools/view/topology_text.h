/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints the map for people: racks as a tree, hops as a matrix, one pair. */
#ifndef RACKHOP_VIEW_TOPOLOGY_TEXT_H
#define RACKHOP_VIEW_TOPOLOGY_TEXT_H

#include <stdio.h>

#include "topology/map.h"

void topology_print_tree(const struct topo_map *m, FILE *f, bool colour);
/* Warnings of one code of one node are told once, with the ports. */
void topology_print_warnings(const struct topo_map *m, FILE *f, bool colour);
void topology_print_matrix(const struct topo *t, struct topo_dist *d, FILE *f);
/* a and b are hosts. */
void topology_print_pair(const struct topo *t, struct topo_dist *d, uint32_t a,
                         uint32_t b, FILE *f);

#endif
