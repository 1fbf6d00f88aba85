/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The map: one graph of many views, and warnings about what does not fit.
 *
 * A map owns all that it points to.
 */
#ifndef RACKHOP_TOPOLOGY_MAP_H
#define RACKHOP_TOPOLOGY_MAP_H

#include "topology/topology.h"

struct topo_cabling;
struct topo_view;

struct topo_warning {
    const char *code; /* stable: one of topo_warning_codes */
    char *node;
    char *port; /* or NULL */
    char *text;
};
extern const char *const topo_warning_codes[]; /* ends with NULL */

struct topo_map {
    struct topo *topo;
    struct topo_warning *warning;
    size_t warnings, warning_room;
};

/*
 * Makes one graph of all views. A cable that both ports name goes before one
 * that only a switch names, that before one that only a host names, and that
 * before a declared one. A port's own table goes before what other tables say
 * of the port, and a name never proves which node is meant. Racks are not
 * derived. 0 or -ENOMEM, -EINVAL (two views of one name). The cabling plan may
 * be NULL.
 */
int topo_merge(struct topo_map *m, const struct topo_view *view, size_t n,
               const struct topo_cabling *cabling);
/*
 * The part of a map that is one rack: its hosts, their switches, and what these
 * are cabled to, with the warnings about them. 0, -ENOENT (no host is in a rack
 * of that name) or -ENOMEM; after 0 the caller calls topo_map_dispose().
 */
int topo_map_of_rack(struct topo_map *part_r, const struct topo_map *m,
                     const char *rack);
void topo_map_init(struct topo_map *m);
void topo_map_dispose(struct topo_map *m);
/* Adds a warning of the caller: a source that could not be read, .. */
int topo_map_warn(struct topo_map *m, const char *code, const char *node,
                  const char *port, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* Sorts the warnings by node, port, code. Of one node and code it keeps 16 at
 * most, the first of which says how many more there were. */
void topo_map_sort(struct topo_map *m);

#endif
