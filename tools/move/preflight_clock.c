/* SPDX-License-Identifier: LGPL-2.1-only */
/* Checks before a move: the frequency of the time stamp counter, which the
 * guest keeps (scheduler/rule_tsc.c). */
#include "tools/move/preflight_impl.h"

#include <stdio.h>

#include "scheduler/scheduler.h"

static double tsc_khz(const struct preflight *p)
{
    return p->dom->tsc_khz == UINT32_MAX ? (double)p->here->cpu_khz
                                         : (double)p->dom->tsc_khz;
}

/* invtsc: the guest was told that its counter never changes. */
static bool tsc_invariant(const struct preflight *p)
{
    enum { WORD = 7, BIT = 8 };

    return p->dom->policy.n > WORD && p->dom->policy.word[WORD] & 1u << BIT;
}

static bool tsc_say(const struct preflight *p, const char *then, char *b,
                    size_t n)
{
    if (!plan_tsc_differs(tsc_khz(p), p->far->tsc_khz))
        return false;
    snprintf(b, n,
             "the time stamp counter of %s runs at %.0f MHz, that of %s at "
             "%.0f MHz%s; %s",
             p->host, p->far->tsc_khz / 1000, preflight_name(p),
             tsc_khz(p) / 1000,
             tsc_invariant(p) ? ", and it was told that it never changes "
                                "(invtsc)"
                              : "",
             then);
    return true;
}

bool preflight_tsc(const struct preflight *p, char *b, size_t n)
{
    return p->same_tsc &&
           tsc_say(p,
                   "choose another host, or allow it with other_tsc = "
                   "\"warn\" in rackhop.conf",
                   b, n);
}

bool preflight_tsc_warn(const struct preflight *p, char *b, size_t n)
{
    return tsc_say(p,
                   "unless that host's CPU scales the counter, Xen emulates "
                   "it there, and the guest's clock is slow to read",
                   b, n);
}
