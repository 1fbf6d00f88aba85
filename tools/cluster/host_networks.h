/* SPDX-License-Identifier: LGPL-2.1-only */
/* The networks that this host offers to guests. */
#ifndef RACKHOP_CLUSTER_HOST_NETWORKS_H
#define RACKHOP_CLUSTER_HOST_NETWORKS_H

#include "libxl-ext/domain.h"
#include "tools/base/strlist.h"

/* Bridges of Linux and of Open vSwitch; sys is /sys/class/net. 0 or -ENOMEM */
int host_bridges(struct strlist *l, const char *sys);
/* The driver domains among these domains, as libxl-ext/network.h has them:
 * those that say so, and those that serve another. 0 or -ENOMEM */
int host_driver_domains(struct strlist *l, const struct xlx_domain *d,
                        unsigned n);

#endif
