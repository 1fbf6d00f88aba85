/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the paths between two hosts, for `rackhop topology --json A B`. */
#ifndef RACKHOP_DOC_PAIR_H
#define RACKHOP_DOC_PAIR_H

#include "tools/doc/json.h"
#include "topology/topology.h"

void pair_write(struct json_out *o, const struct topo *t, struct topo_dist *d,
                uint32_t a, uint32_t b);

#endif
