/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What looks at a guest's vCPUs say of its steal time. Xen tells what a vCPU does
 * at this moment: it is blocked, it runs, or it waits for a processor.
 *
 * Who looks needs a processor of domain 0 himself, and takes it from the vCPUs that
 * run until then: of N processors that are all busy, one in N vCPUs is seen to wait
 * that has waited for nobody but the look; of one processor, each. That a vCPU is
 * not blocked is seen as often as it is true. So the looks at which it wants a
 * processor are also held against the time in which it had one, of which Xen
 * keeps count: the rest it has waited. The lesser of both figures counts.
 */
#ifndef XLX_STEAL_COUNT_H
#define XLX_STEAL_COUNT_H

/* Of one guest; zeroed at first. They may be weighted. */
struct xlx_steal_count {
    double times; /* it was looked at so often */
    double looks; /* at all its vCPUs that are online */
    double wants; /* those not blocked */
    double waits; /* those of them that did not run */
};

/* 0 to 1; < 0: it was never looked at. cpu: the processors that it used meanwhile;
 * < 0: not known. */
double xlx_steal_of(const struct xlx_steal_count *c, double cpu);

#endif
