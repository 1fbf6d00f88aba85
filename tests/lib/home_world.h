/* SPDX-License-Identifier: LGPL-2.1-only */
/* Small clusters whose guests are away from home, for tests of their plans. */
#ifndef RACKHOP_TESTS_HOME_WORLD_H
#define RACKHOP_TESTS_HOME_WORLD_H

#include "scheduler/scheduler.h"
#include "topology/topology.h"

enum { HOME_HOSTS = 5, HOME_GUESTS = 12 };

/* Letters, from "a" and from "q" on. */
extern const char *const home_hosts[HOME_HOSTS];
extern const char *const home_guests[HOME_GUESTS];

struct home_guest {
    const char *at;   /* a letter for its host; NULL: the list ends */
    const char *home; /* likewise, or a host that is not there; NULL: none */
    int mib;
    int vcpus;         /* 0: 1 */
    const char *apart; /* a group, or NULL */
    const char *pair;  /* that it has to stay with, or NULL */
    const char *racks; /* apart by rack, or NULL */
    const char *pinned;
};

struct home_world {
    int mib[HOME_HOSTS]; /* 0: there is no such host */
    enum plan_host_state state[HOME_HOSTS];
    const char *rack; /* a letter for each host */
    struct home_guest guest[HOME_GUESTS + 1];
    int guests;
};

/* All hosts on one switch. The caller frees what is returned; what fails ends
 * the test. */
struct topo *home_world_map(const struct home_world *w);
/* Also counts the guests. */
struct plan_cluster *home_world_cluster(const struct topo *map,
                                        struct home_world *w);
/* Of all guests. */
struct plan *home_world_plan(struct plan_cluster *c);

#endif
