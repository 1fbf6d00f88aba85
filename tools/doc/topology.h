/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes rackhop-topology/1, and the same map as RFC 8345's ietf-network. */
#ifndef RACKHOP_DOC_TOPOLOGY_H
#define RACKHOP_DOC_TOPOLOGY_H

#include "tools/doc/json.h"
#include "topology/map.h"

/* The members "nodes" and "links" of an object that the caller has opened; the
 * snapshot has them, too. */
void topology_write_graph(struct json_out *o, const struct topo *t);
/* The whole document, with the matrices unless d is NULL. */
void topology_write(struct json_out *o, const struct topo_map *m,
                    struct topo_dist *d);
/* RFC 8345 in the JSON of RFC 7951, with links in both directions. */
void topology_write_rfc8345(struct json_out *o, const struct topo *t);

#endif
