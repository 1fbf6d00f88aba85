/* SPDX-License-Identifier: LGPL-2.1-only */
/* Small clusters under a load that a function gives, for tests of the loops. */
#ifndef RACKHOP_TEST_LOAD_WORLD_H
#define RACKHOP_TEST_LOAD_WORLD_H

#include "scheduler/replay.h"

/* The load of a guest at a step, 0..100. */
typedef double load_of(uint32_t guest, uint32_t step, uint64_t seed);

/* A host with so much CPU and memory, 100 W idle and 200 W at full load, and a
 * NIC by which 1 GiB takes about 17 s. */
struct loop_host load_host(double cpu, int64_t memory_mib);

/* Equal hosts and guests, to be freed with replay_trace_dispose(); the guests
 * are dealt out to the hosts in turn if `dealt`, else placed by the replay. */
void load_trace(struct replay_trace *t, uint32_t hosts, uint32_t guests,
                uint32_t steps, double host_cpu, double guest_cpu, bool dealt);
void load_fill(struct replay_trace *t, load_of *load, uint64_t seed);

#endif
