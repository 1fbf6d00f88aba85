/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Merges a view that a fuzz target has read with two views that it may name,
 * and asks for the distances of a few nodes: of all that a long input can list
 * they would take most of a run's time.
 */
#ifndef RACKHOP_FUZZ_TOPO_TARGET_H
#define RACKHOP_FUZZ_TOPO_TARGET_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "topology/cabling.h"
#include "topology/map.h"
#include "topology/view.h"

enum { ASKED = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void fixed_view(struct topo_view *v, const char *name,
                              const char *mac, bool is_switch)
{
    struct topo_neighbor *n;

    topo_view_init(v);
    topo_str(v, &v->name, name);
    topo_str(v, &v->sysname, name);
    topo_id_text(v, &v->chassis, "mac", mac, strlen(mac));
    v->is_switch = is_switch;
    topo_view_port(v, "eth0");
    topo_view_port(v, "swp1");
    n = topo_view_neighbor(v, is_switch ? "swp1" : "eth0", 4);
    topo_id_text(v, &n->chassis, "mac", "76:f7:54:9c:09:43", 17);
    topo_id_text(v, &n->port_id, "ifname", "swp1", 4);
    v->has_table = true;
}

static inline void merge_and_ask(struct topo_view *subject,
                                 const struct topo_cabling *cabling)
{
    struct topo_view view[3];
    struct topo_map m;
    struct topo_dist *d;

    topo_map_init(&m);
    fixed_view(&view[0], "r1h1", "e6:06:f2:1e:81:0c", false);
    fixed_view(&view[1], "tor1", "76:f7:54:9c:09:43", true);
    view[2] = *subject;
    if (!view[2].name)
        topo_str(&view[2], &view[2].name, "subject");
    if (!topo_merge(&m, view, 3, cabling) && !topo_derive_racks(m.topo)) {
        d = topo_dist_new(m.topo);
        for (uint32_t a = 0; d && a < topo_nodes(m.topo) && a < ASKED; a++)
            for (uint32_t b = 0; b < topo_nodes(m.topo) && b < ASKED; b++)
                topo_pair(d, a, b);
        topo_dist_free(d);
    }
    topo_map_dispose(&m);
    topo_view_dispose(&view[0]);
    topo_view_dispose(&view[1]);
    subject->name = view[2].name;
}

#endif
