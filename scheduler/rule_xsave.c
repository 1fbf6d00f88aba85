/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The rule on the registers that XSAVE saves: the host keeps all of a guest's.
 *
 * Xen restores what XSAVE saved at the very end of a move, when the guest is
 * down, and takes no state that the guest's CPUs may not have there (its
 * "inconsistent xsave state"). So the sets are compared before: bit n of
 * the guest's XCR0 has to be in the host's, and all of it in the host's area,
 * which has another size where a vendor lays it out otherwise.
 */
#include "scheduler/rule_impl.h"

#include <stdio.h>

/* Bits of XCR0, by what programs call them. */
static const struct {
    unsigned bit;
    const char *name;
} states[] = {
    { 2, "AVX" }, { 3, "MPX" },  { 5, "AVX-512" },
    { 9, "PKU" }, { 17, "AMX" }, { 62, "LWP" },
};

/* That the guest has and the host has not; 0: nothing. */
static uint64_t states_lacking(const struct plan_xsave *guest,
                               const struct plan_xsave *host)
{
    if (!guest->known || !host->known)
        return 0;
    return guest->xcr0 & ~host->xcr0;
}

bool plan_xsave_fits(const struct plan_xsave *guest,
                     const struct plan_xsave *host)
{
    return !states_lacking(guest, host) &&
           (!guest->known || !host->known || !guest->bytes || !host->bytes ||
            guest->bytes <= host->bytes);
}

void plan_xsave_why(const struct plan_xsave *guest,
                    const struct plan_xsave *host, char *text, size_t len)
{
    uint64_t lacks = states_lacking(guest, host);
    size_t at = 0;

    if (!lacks) {
        snprintf(text, len,
                 "its processors save %u bytes of registers (xsave), those "
                 "of the guest %u",
                 host->bytes, guest->bytes);
        return;
    }
    at = (size_t)snprintf(text, len,
                          "its processors do not save all registers that the "
                          "guest may have in use (xsave):");
    for (size_t i = 0; i < sizeof states / sizeof *states && at < len; i++)
        if (lacks >> states[i].bit & 1) {
            lacks &= ~(UINT64_C(1) << states[i].bit);
            at += (size_t)snprintf(text + at, len - at, " %s", states[i].name);
        }
    /* MPX and AVX-512 have further bits, which come with these */
    lacks &= ~(UINT64_C(1) << 4 | UINT64_C(3) << 6 | UINT64_C(1) << 18);
    if (lacks && at < len)
        snprintf(text + at, len - at, " XCR0 %#llx",
                 (unsigned long long)lacks);
}

static const struct plan_xsave *host_xsave(const struct rule_case *q)
{
    return q->v->type == PLAN_PV ? &q->h->xsave_pv : &q->h->xsave_hvm;
}

bool rule_xsave(const struct rule_case *q)
{
    return !plan_xsave_fits(&q->v->xsave, host_xsave(q));
}

void rule_xsave_why(const struct rule_case *q, char *text, size_t len)
{
    plan_xsave_why(&q->v->xsave, host_xsave(q), text, len);
}
