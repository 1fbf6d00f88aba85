/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes up clusters, to try planners without Xen.
 *
 * Racks of hosts stand under top-of-rack switches, pods of racks under
 * aggregation switches, and cores above. Pure: the same arguments give the
 * same cluster.
 */
#ifndef RACKHOP_SIM_H
#define RACKHOP_SIM_H

#include <stdbool.h>
#include <stdint.h>

struct plan_sim {
    uint64_t seed;
    uint32_t hosts, domains;
    uint32_t rack;   /* hosts in a rack */
    uint32_t pod;    /* racks in a pod */
    uint32_t planes; /* aggregation switches in a pod, and cores */
    double fill;     /* memory of the guests / memory for guests */
    bool quiet;      /* guests dirty nothing */
    bool mixed;      /* also networks, groups and pinned guests */
};

struct plan_sim_host {
    uint32_t rack, pod;
    unsigned generation; /* of its processors: 0..2 */
    int64_t memory_mib, reserved_mib;
    unsigned cpus;
    bool second_network;
};

struct plan_sim_domain {
    uint32_t host;
    unsigned generation; /* of the processors that it needs */
    int64_t memory_mib;
    unsigned vcpus;
    double cpu_used, dirty_mib_s, writable_mib;
    uint32_t apart;    /* group, or UINT32_MAX */
    uint32_t together; /* group, or UINT32_MAX */
    bool pinned, second_network;
};

struct plan_sim_cluster {
    struct plan_sim_host *host;
    struct plan_sim_domain *domain;
    uint32_t hosts, domains, racks, pods;
};

void plan_sim_init(struct plan_sim *s); /* 40 hosts, 400 guests */
/*
 * 0 or -ENOMEM; -EINVAL: these numbers make no cluster; -ENOSPC: the guests do
 * not fit. The caller calls plan_sim_dispose().
 */
int plan_sim_make(struct plan_sim_cluster *c, const struct plan_sim *s);
void plan_sim_dispose(struct plan_sim_cluster *c);
/* A random number below n (> 0); the state moves on. */
uint32_t plan_sim_draw(uint64_t *state, uint32_t n);

#endif
