/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a cluster has, for lists of its hosts and guests: a second public
 * header of the planners, for what needs no plan. The cluster is indexed.
 * Strings are valid until it is freed.
 */
#ifndef RACKHOP_SCHEDULER_INVENTORY_H
#define RACKHOP_SCHEDULER_INVENTORY_H

#include "scheduler/scheduler.h"

struct plan_host_sum {
    unsigned guests, cpus;
    unsigned xen_major, xen_minor;  /* 0, 0: not known */
    int64_t capacity_mib, used_mib; /* for guests, and what these have */
    double cpu_used;                /* threads that its guests keep busy */
    unsigned devices, devices_used; /* of all classes, if guests change them */
};
struct plan_host_sum plan_host_sum(const struct plan_cluster *c,
                                   uint32_t host);

struct plan_guest_facts {
    enum plan_type type;
    unsigned vcpus;
    int64_t mib; /* held now */
    /* < 0: not known */
    double cpu_used, dirty_mib_s, writable_mib;
};
struct plan_guest_facts plan_guest_facts(const struct plan_cluster *c,
                                         uint32_t dom);

enum plan_group_kind {
    PLAN_GROUP_APART,
    PLAN_GROUP_APART_RACKS,
    PLAN_GROUP_TOGETHER,
};
/* The guest's group number i of that kind; NULL: it has no more. */
const char *plan_guest_group(const struct plan_cluster *c, uint32_t dom,
                             enum plan_group_kind kind, uint32_t i);

/* Where a guest may go just now, with all others where they are. */
enum { PLAN_WAYS_MOST = 100 };
struct plan_way {
    uint32_t hosts;      /* that may have it; counted to PLAN_WAYS_MOST */
    enum plan_rule rule; /* with none: what refuses it on most hosts, */
    uint32_t host;       /* the first of these, or PLAN_NONE, */
    char *why;           /* and why there; else NULL */
};
/* For all guests, to be freed by plan_ways_free(). 0 or -ENOMEM. */
int plan_ways(struct plan_cluster *c, struct plan_way **way_r);
void plan_ways_free(const struct plan_cluster *c, struct plan_way *way);

/* Is it the only host that is up of its rack, or that has one of its networks or
 * storages, or of its CPU level (what it shows guests)? */
bool plan_host_is_last(const struct plan_cluster *c, uint32_t host);

#endif
