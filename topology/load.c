/* SPDX-License-Identifier: LGPL-2.1-only */
/* Computes the load of a port from two looks at its counters. */
#include "topology/load.h"

#include <stdlib.h>

/* No port of today is faster, so that a counter which grew by more was reset. */
enum { FASTEST_MBPS = 1000000 };

struct topo_look topo_look(const struct topo_view *v,
                           const struct topo_port *p)
{
    return (struct topo_look){ .clock_ms = v->clock_ms,
                               .rx_bytes = p->rx_bytes,
                               .tx_bytes = p->tx_bytes,
                               .discontinuity = p->discontinuity };
}

/* The rate of one counter. Modulo 2^64 one that wrapped has grown by little,
 * and one that was reset by more than any port can carry. */
static double counter_mbps(int64_t then, int64_t now, int64_t ms)
{
    uint64_t grown = (uint64_t)now - (uint64_t)then;

    if (then == TOPO_UNKNOWN || now == TOPO_UNKNOWN)
        return TOPO_UNKNOWN;
    return (double)grown * 8 / ((double)ms * 1000);
}

/* Whether the node's clock went on as ours did: a node that restarted, and has
 * been up for longer than before, tells itself by that. */
static bool clocks_agree(int64_t theirs_ms, int64_t ours_ms)
{
    enum { SLACK_MS = 10000 };

    return ours_ms == TOPO_UNKNOWN ||
           llabs(theirs_ms - ours_ms) <= SLACK_MS + ours_ms / 10;
}

double topo_load(const struct topo_look *then, const struct topo_look *now,
                 int64_t passed_ms, int64_t speed_mbps)
{
    int64_t ms = now->clock_ms - then->clock_ms;
    double rx, tx, most,
        speed = speed_mbps > 0 ? (double)speed_mbps : FASTEST_MBPS;

    if (then->clock_ms <= 0 || ms < TOPO_LOOKS_LEAST_MS ||
        ms > TOPO_LOOKS_MOST_MS || !clocks_agree(ms, passed_ms) ||
        then->discontinuity != now->discontinuity)
        return TOPO_UNKNOWN;
    rx = counter_mbps(then->rx_bytes, now->rx_bytes, ms);
    tx = counter_mbps(then->tx_bytes, now->tx_bytes, ms);
    most = rx > tx ? rx : tx;
    /* Answers take their time, so that a rate may seem to be somewhat over the
     * speed. Where a counter was reset, the other one may be the idle one. */
    if (most > speed * 1.25)
        return TOPO_UNKNOWN;
    return most < speed ? most : speed;
}
