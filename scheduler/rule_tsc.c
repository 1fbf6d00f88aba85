/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The rule on time stamp counters, which is kept where the settings ask for it.
 *
 * A guest goes on with the frequency that it was started with. On a host with
 * another one, the CPU scales the counter for HVM and PVH guests, if it can,
 * and nobody outside Xen can tell whether it can; else Xen emulates it, and the
 * guest's clock costs much more to read (tsc_set_info() of Xen's time.c).
 *
 * The frequency is measured at each boot, so that hosts of one model differ a
 * little. That is no reason: it may be the same after all.
 */
#include "scheduler/rule_impl.h"

#include <math.h>
#include <stdio.h>

bool plan_tsc_differs(double guest_khz, double host_khz)
{
    static const double measured = 1e-3; /* of the frequency */

    return guest_khz > 0 && host_khz > 0 &&
           fabs(guest_khz - host_khz) > measured * guest_khz;
}

bool rule_tsc(const struct rule_case *q)
{
    return q->c->set.same_tsc &&
           plan_tsc_differs(q->v->tsc_khz, q->h->tsc_khz);
}

void rule_tsc_why(const struct rule_case *q, char *text, size_t len)
{
    snprintf(text, len,
             "its time stamp counter runs at %.0f MHz, that of the guest at "
             "%.0f MHz",
             q->h->tsc_khz / 1000, q->v->tsc_khz / 1000);
}
