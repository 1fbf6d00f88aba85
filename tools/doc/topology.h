/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writers of the map: rackhop-topology/1 and RFC 8345 (ietf-network). */
#ifndef RACKHOP_DOC_TOPOLOGY_H
#define RACKHOP_DOC_TOPOLOGY_H

#include "tools/doc/json.h"
#include "topology/map.h"

/* The members "nodes" and "links", inside an object that the caller opened:
 * shared with the snapshot. */
void topology_write_graph(struct json_out *o, const struct topo *t);
/* The whole document; d: with the matrices, NULL: without. */
void topology_write(struct json_out *o, const struct topo_map *m,
                    struct topo_dist *d);
/* RFC 8345, JSON as of RFC 7951; links in both directions. */
void topology_write_rfc8345(struct json_out *o, const struct topo *t);

#endif
