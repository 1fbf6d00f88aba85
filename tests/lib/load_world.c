/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes small clusters with a load over time. */
#include "tests/lib/load_world.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct loop_host load_host(double cpu, int64_t memory_mib)
{
    struct loop_host h = {
        .cpu = cpu, .core = cpu, .memory_mib = memory_mib, .nic_mbps = 1024
    };

    for (int i = 0; i < LOOP_WATTS; i++)
        h.power_w[i] = 100 + 10 * i;
    return h;
}

void load_trace(struct replay_trace *t, uint32_t hosts, uint32_t guests,
                uint32_t steps, double host_cpu, double guest_cpu, bool dealt)
{
    *t = (struct replay_trace){ .name = strdup("made"),
                                .step_s = 300,
                                .steps = steps,
                                .hosts = hosts,
                                .guests = guests };
    t->host = calloc(hosts, sizeof *t->host);
    t->guest = calloc(guests, sizeof *t->guest);
    t->start = calloc(guests, sizeof *t->start);
    t->load = calloc((size_t)guests * steps, sizeof *t->load);
    assert_true(t->name && t->host && t->guest && t->start && t->load);
    for (uint32_t h = 0; h < hosts; h++)
        t->host[h] = load_host(host_cpu, 65536);
    for (uint32_t g = 0; g < guests; g++) {
        t->guest[g] =
            (struct loop_guest){ .cpu = guest_cpu, .memory_mib = 1024 };
        t->start[g] = dealt ? g % hosts : LOOP_NONE;
    }
}

void load_fill(struct replay_trace *t, load_of *load, uint64_t seed)
{
    for (uint32_t g = 0; g < t->guests; g++)
        for (uint32_t s = 0; s < t->steps; s++)
            t->load[(size_t)g * t->steps + s] = (float)load(g, s, seed);
}
