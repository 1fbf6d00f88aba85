/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads a guest's weight and cap, by libxc: libxl would log an error for each
 * guest of a scheduler that has neither.
 */
#include "libxl-ext/share.h"

#include <xenctrl.h>

#include "libxl-ext/cap.h"
#include "libxl-ext/xlx_impl.h"

/* Xen refuses to tell what is another scheduler's. */
static void share_ask(xc_interface *xch, uint32_t domid, struct xlx_share *s)
{
    struct xen_domctl_sched_credit2 c2 = { .weight = 0 };
    struct xen_domctl_sched_credit c1 = { .weight = 0 };

    if (!xc_sched_credit2_domain_get(xch, domid, &c2))
        *s = (struct xlx_share){ c2.weight, c2.cap };
    else if (!xc_sched_credit_domain_get(xch, domid, &c1))
        *s = (struct xlx_share){ c1.weight, c1.cap };
}

void xlx_share_read(struct xlx *x, uint32_t domid, struct xlx_share *s)
{
    struct xlx_cap moves;

    *s = (struct xlx_share){ .weight = 0 };
    share_ask(x->xch, domid, s);
    if (s->cap && !xlx_cap_noted(x, domid, &moves) &&
        xlx_cap_is_ours(&moves, s->cap))
        s->cap = moves.own;
}
