/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The load of a port, from two looks at its counters.
 *
 * Counters have 64 bits and wrap. They begin anew when a node restarts, and
 * when a module is plugged in; what they have grown by then means nothing, and
 * the load is not known.
 */
#ifndef RACKHOP_TOPOLOGY_LOAD_H
#define RACKHOP_TOPOLOGY_LOAD_H

#include "topology/view.h"

enum {
    TOPO_LOOKS_LEAST_MS = 1000, /* between two looks */
    TOPO_LOOKS_MOST_MS = 24 * 3600 * 1000,
};

struct topo_look {
    int64_t clock_ms; /* the node's own clock; not over 0: not known */
    int64_t rx_bytes, tx_bytes; /* 64 bits; TOPO_UNKNOWN: not known */
    int64_t
        discontinuity; /* ifCounterDiscontinuityTime; 0 where there is none */
};

struct topo_look topo_look(const struct topo_view *v,
                           const struct topo_port *p);
/*
 * The mean load between two looks in Mbit/s, of the busier direction, or
 * TOPO_UNKNOWN. passed_ms: how much time has passed by our own clock, or
 * TOPO_UNKNOWN; speed: the port's, or TOPO_UNKNOWN.
 */
double topo_load(const struct topo_look *then, const struct topo_look *now,
                 int64_t passed_ms, int64_t speed_mbps);

#endif
