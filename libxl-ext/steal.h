/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Steal time: the share of time that a guest's vCPUs would run and no
 * processor is free for them. Xen tells only what a vCPU does at this moment
 * (XEN_DOMCTL_getvcpuinfo): one that is online, not blocked and not running is
 * waiting. So it is looked at again and again, at moments that no guest can
 * know, and the share of such looks counts; steal_count.h says what is wrong with
 * that alone. A vCPU that waits for its device model counts as well.
 */
#ifndef XLX_STEAL_H
#define XLX_STEAL_H

#include <stdint.h>

#include "libxl-ext/steal_count.h"

struct xlx;

struct xlx_steal {
    struct xlx_steal_dom {
        uint32_t domid;
        struct xlx_steal_count count;
    } * dom; /* to be freed */
    unsigned n;
};

/* Adds a look at all domains but domain 0. Those that are paused or shut down
 * do not count. s is zeroed before the first. 0 or a negative errno. */
int xlx_steal_look(struct xlx *x, struct xlx_steal *s);
/* Of a guest that has used so many processors meanwhile (< 0: not known): 0 to 1;
 * < 0: it was never seen. */
double xlx_steal_share(const struct xlx_steal *s, uint32_t domid, double cpu);
/* How long to wait for the next look: 10 to 50 ms, by chance. */
int xlx_steal_pause_ms(void);

#endif
