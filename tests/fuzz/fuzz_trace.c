/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as a trace; what is read and small is also replayed, with the
 * balance of its figures checked. And any bytes as a policy.
 */
#include <math.h>
#include <stdlib.h>

#include "tools/doc/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void replay(const struct replay_trace *t)
{
    struct loop_policy p;
    struct replay_result r;
    uint32_t bad;

    if (t->hosts > 64 || t->guests > 64 || t->steps > 64)
        return;
    loop_policy_init(&p);
    p.look_s = fmax(p.look_s, t->step_s / 4); /* time is short */
    if (replay_run(t, &p, NULL, &r, &bad))
        return;
    if (isnan(r.kwh) || r.kwh < 0 || !(r.slatah >= 0 && r.slatah <= 1) ||
        !(r.pdm >= 0 && r.pdm <= 1))
        abort();
    if (r.there_and_back || r.memory_broken || r.most_moves_hour > t->guests)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char called[TRACE_NAME + 1];
    struct replay_trace t;
    struct loop_policy p;
    struct msg err = MSG_NONE;

    if (!trace_parse(&t, "fuzz", data, size, &err)) {
        replay(&t);
        replay_trace_dispose(&t);
    }
    policy_parse(&p, called, "fuzz", data, size, &err);
    return 0;
}
