/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the kernel tells of this host's ports: its links and routes as libnl
 * caches them, whoever filled the caches.
 *
 *   source_ports.c        asks the kernel
 *   source_ports_links.c  from links to ports
 *   source_ports_speed.c  their speeds
 *   source_ports_route.c  which ports lead to an address
 */
#ifndef RACKHOP_TOPOLOGY_SOURCE_PORTS_IMPL_H
#define RACKHOP_TOPOLOGY_SOURCE_PORTS_IMPL_H

#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "tools/base/msg.h"
#include "topology/view.h"

struct kernel {
    struct nl_sock *sock;
    struct nl_cache *links, *routes;
};

/* Adds all ports but those of guests. */
void ports_of_links(struct topo_view *v, struct nl_cache *links);
/* Whether the link leads to a guest. */
bool ports_link_is_guest(struct rtnl_link *l);

/* The speeds of the view's ports: by ethtool's netlink family, or from sysfs
 * on kernels without it. */
void ports_read_speeds(struct topo_view *v, struct nl_cache *links);
/* Takes the speed out of one answer of ethtool's family. */
void ports_take_speed(struct topo_view *v, struct nl_cache *links,
                      struct nlmsghdr *h);

/* Adds the ports on the way to an address; NULL: by the default route. 0 or
 * a negative errno, and a sentence. */
int ports_add_route(struct topo_view *v, const struct kernel *k,
                    const char *address, struct msg *err);

#endif
