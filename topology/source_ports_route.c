/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the ports that lead to an address.
 *
 * rtnl_route_lookup() tells only one next hop of a multipath route, so the
 * routes are dumped and matched here.
 */
#include "topology/source_ports_impl.h"

#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <string.h>

#include <netlink/route/route.h>

enum { LINK_DEPTH = 8 };

static bool link_is(struct rtnl_link *l, const char *type)
{
    const char *t = l ? rtnl_link_get_type(l) : NULL;

    return t && !strcmp(t, type);
}

static bool same_mac(struct rtnl_link *a, struct rtnl_link *b)
{
    struct nl_addr *x = rtnl_link_get_addr(a), *y = rtnl_link_get_addr(b);

    return x && y && nl_addr_get_len(x) && !nl_addr_cmp(x, y);
}

/* Whether the port is another bridge's: a bridge has the address of one of its
 * own ports if nobody gave it one. */
static bool ovs_port_of_another(const struct kernel *k, struct rtnl_link *port,
                                struct rtnl_link *bridge)
{
    if (same_mac(port, bridge))
        return false;
    for (struct nl_object *o = nl_cache_get_first(k->links); o;
         o = nl_cache_get_next(o)) {
        struct rtnl_link *l = (struct rtnl_link *)o;

        if (link_is(l, "openvswitch") && !rtnl_link_get_master(l) &&
            same_mac(port, l))
            return true;
    }
    return false;
}

static void view_add_lower_ports(struct topo_view *v, const struct kernel *k,
                                 int ifindex, unsigned depth);

/*
 * To the kernel all bridges of Open vSwitch are one datapath: their ports have
 * ovs-system as master, and a bridge is only a link of the same kind. Which port
 * is in which bridge, ovs-vswitchd alone knows; of the ports, those count that
 * are not evidently another bridge's. false: it is no such bridge, or has none.
 */
static bool view_add_ovs_ports(struct topo_view *v, const struct kernel *k,
                               struct rtnl_link *bridge, unsigned depth)
{
    bool any = false;

    if (!link_is(bridge, "openvswitch"))
        return false;
    for (struct nl_object *o = nl_cache_get_first(k->links); o;
         o = nl_cache_get_next(o)) {
        struct rtnl_link *m = (struct rtnl_link *)o, *master;
        bool in;

        if (!rtnl_link_get_master(m) || ports_link_is_guest(m) ||
            link_is(m, "openvswitch"))
            continue;
        master = rtnl_link_get(k->links, rtnl_link_get_master(m));
        in = link_is(master, "openvswitch") &&
             !ovs_port_of_another(k, m, bridge);
        if (master)
            rtnl_link_put(master);
        if (in)
            view_add_lower_ports(v, k, rtnl_link_get_ifindex(m), depth + 1);
        any |= in;
    }
    return any;
}

/* Goes down to the ports with cables: from bridges and bonds to their members,
 * from VLANs to the link below. */
static void view_add_lower_ports(struct topo_view *v, const struct kernel *k,
                                 int ifindex, unsigned depth)
{
    struct rtnl_link *l = rtnl_link_get(k->links, ifindex);
    const char *type = l ? rtnl_link_get_type(l) : NULL;
    bool members = false;
    int lower;

    if (!l || depth == LINK_DEPTH)
        goto out;
    for (struct nl_object *o = nl_cache_get_first(k->links); o;
         o = nl_cache_get_next(o)) {
        struct rtnl_link *m = (struct rtnl_link *)o;

        if (rtnl_link_get_master(m) != ifindex || ports_link_is_guest(m))
            continue;
        members = true;
        view_add_lower_ports(v, k, rtnl_link_get_ifindex(m), depth + 1);
    }
    lower = rtnl_link_get_link(l);
    if (members || view_add_ovs_ports(v, k, l, depth))
        goto out;
    if (lower > 0 && lower != ifindex && type &&
        (!strcmp(type, "vlan") || !strcmp(type, "macvlan") ||
         !strcmp(type, "ipvlan")))
        view_add_lower_ports(v, k, lower, depth + 1);
    else if (!(rtnl_link_get_flags(l) & IFF_LOOPBACK))
        topo_view_add_migration(v, rtnl_link_get_name(l));
out:
    if (l)
        rtnl_link_put(l);
}

static bool route_leads_to(struct rtnl_route *r, struct nl_addr *to)
{
    struct nl_addr *dst = rtnl_route_get_dst(r);
    uint32_t table = rtnl_route_get_table(r);

    if (!dst || nl_addr_get_family(dst) != nl_addr_get_family(to) ||
        (table != RT_TABLE_MAIN && table != RT_TABLE_LOCAL &&
         table != RT_TABLE_DEFAULT))
        return false;
    if (!nl_addr_get_prefixlen(dst))
        return true;
    /* libnl compares as many bits as the prefix says to have */
    return nl_addr_get_len(dst) == nl_addr_get_len(to) &&
           nl_addr_get_prefixlen(dst) <= 8 * nl_addr_get_len(dst) &&
           !nl_addr_cmp_prefix(dst, to);
}

/* The longest prefix goes first, then the least metric. */
static bool route_is_better(struct rtnl_route *r, struct rtnl_route *than)
{
    unsigned a, b;

    if (!than)
        return true;
    a = nl_addr_get_prefixlen(rtnl_route_get_dst(r));
    b = nl_addr_get_prefixlen(rtnl_route_get_dst(than));
    if (a != b)
        return a > b;
    return rtnl_route_get_priority(r) < rtnl_route_get_priority(than);
}

static struct rtnl_route *route_find(const struct kernel *k,
                                     struct nl_addr *to)
{
    struct rtnl_route *best = NULL;

    for (struct nl_object *o = nl_cache_get_first(k->routes); o;
         o = nl_cache_get_next(o)) {
        struct rtnl_route *r = (struct rtnl_route *)o;

        if (route_leads_to(r, to) && route_is_better(r, best))
            best = r;
    }
    return best;
}

/* address NULL: the default route. */
static struct nl_addr *address_resolve(const char *address)
{
    struct addrinfo hint = { .ai_socktype = SOCK_STREAM }, *ai;
    struct nl_addr *a = NULL;

    if (!address) {
        static const uint8_t any[4];

        a = nl_addr_build(AF_INET, any, sizeof any);
        return a;
    }
    if (getaddrinfo(address, NULL, &hint, &ai))
        return NULL;
    if (ai->ai_family == AF_INET)
        a = nl_addr_build(AF_INET,
                          &((struct sockaddr_in *)ai->ai_addr)->sin_addr, 4);
    else if (ai->ai_family == AF_INET6)
        a = nl_addr_build(
            AF_INET6, &((struct sockaddr_in6 *)ai->ai_addr)->sin6_addr, 16);
    freeaddrinfo(ai);
    return a;
}

int ports_add_route(struct topo_view *v, const struct kernel *k,
                    const char *address, struct msg *err)
{
    struct nl_addr *to = address_resolve(address);
    struct rtnl_route *r = to ? route_find(k, to) : NULL;
    int rc = 0;

    if (!to) {
        msg_set(err, "%s is not the address of a host", address);
        rc = -EINVAL;
    } else if (!r) {
        msg_set(err, "there is no route to %s",
                address ? address : "other networks");
        rc = -ENETUNREACH;
    } else if (rtnl_route_get_type(r) == RTN_UNICAST) {
        v->has_migration = true;
        for (int i = 0; i < rtnl_route_get_nnexthops(r); i++)
            view_add_lower_ports(
                v, k, rtnl_route_nh_get_ifindex(rtnl_route_nexthop_n(r, i)),
                0);
    }
    nl_addr_put(to);
    return rc;
}
