/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and sets the cap of a guest's CPU time, by libxl; notes it. */
#include "libxl-ext/cap.h"

#include <errno.h>
#include <stdio.h>

#include "libxl-ext/xlx_impl.h"

int xlx_cap_get(struct xlx *x, uint32_t domid, unsigned *cap_r)
{
    libxl_domain_sched_params p;
    int r, rc = -EOPNOTSUPP;

    *cap_r = 0;
    libxl_domain_sched_params_init(&p);
    r = libxl_domain_sched_params_get(x->ctx, domid, &p);
    if (r) {
        rc = xlx_libxl_errno(r);
    } else if (p.sched == LIBXL_SCHEDULER_CREDIT ||
               p.sched == LIBXL_SCHEDULER_CREDIT2) {
        *cap_r = p.cap > 0 ? (unsigned)p.cap : 0;
        rc = 0;
    }
    libxl_domain_sched_params_dispose(&p);
    return rc;
}

int xlx_cap_set(struct xlx *x, uint32_t domid, unsigned cap)
{
    libxl_domain_sched_params p;
    int r;

    libxl_domain_sched_params_init(&p); /* all else stays as it is */
    p.cap = (int)cap;
    r = libxl_domain_sched_params_set(x->ctx, domid, &p);
    libxl_domain_sched_params_dispose(&p);
    return r ? xlx_libxl_errno(r) : 0;
}

int xlx_cap_note(struct xlx *x, uint32_t domid, const struct xlx_cap *c)
{
    char text[64];

    if (c)
        snprintf(text, sizeof text, "%u %u %u", c->own, c->set[0], c->set[1]);
    return xlx_store_write(x, domid, XLX_CAP_NOTE, c ? text : NULL);
}
