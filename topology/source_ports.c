/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads this host's ports, and which of them carry what is sent to an address.
 *
 * rtnl_route_lookup() tells only one next hop of a multipath route, so the
 * routes are dumped and matched here. Speeds come from ethtool's generic
 * netlink family, or from sysfs on kernels without it.
 */
#include "topology/identity.h"
#include "topology/source.h"
#include "topology/lldp.h"

#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/ethtool_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>

#include "tools/base/msg.h"

enum { LINK_DEPTH = 8, GUEST_OCTET = 0xfe };

struct kernel {
    struct nl_sock *sock;
    struct nl_cache *links, *routes;
};

static void kernel_close(struct kernel *k)
{
    if (k->routes)
        nl_cache_free(k->routes);
    if (k->links)
        nl_cache_free(k->links);
    if (k->sock)
        nl_socket_free(k->sock);
}

static int kernel_open(struct kernel *k, struct msg *err)
{
    int r;

    *k = (struct kernel){ .sock = nl_socket_alloc() };
    if (!k->sock)
        return -ENOMEM;
    r = nl_connect(k->sock, NETLINK_ROUTE);
    if (!r)
        r = rtnl_link_alloc_cache(k->sock, AF_UNSPEC, &k->links);
    if (!r)
        r = rtnl_route_alloc_cache(k->sock, AF_UNSPEC, 0, &k->routes);
    if (!r)
        return 0;
    msg_set(err, "the kernel's links and routes cannot be read: %s",
            nl_geterror(r));
    kernel_close(k);
    return -EIO;
}

/* --- ports --------------------------------------------------------------- */

/* netback gives every VIF the address fe:ff:ff:ff:ff:ff */
static bool link_is_guest(struct rtnl_link *l)
{
    static const uint8_t vif[] = { GUEST_OCTET, 0xff, 0xff, 0xff, 0xff, 0xff };
    struct nl_addr *a = rtnl_link_get_addr(l);
    const char *type = rtnl_link_get_type(l);

    if (ident_guest_port(rtnl_link_get_name(l)))
        return true;
    if (type && !strcmp(type, "tun"))
        return true;
    return a && nl_addr_get_len(a) == sizeof vif &&
           !memcmp(nl_addr_get_binary_addr(a), vif, sizeof vif);
}

/* Whether the speed of the link says nothing of a cable. */
static bool link_is_compound(struct rtnl_link *l)
{
    static const char *const types[] = { "bridge", "bond",  "team",
                                         "vlan",   "dummy", "openvswitch" };
    const char *type = rtnl_link_get_type(l);

    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (!strcmp(type, types[i]))
            return true;
    return false;
}

static void view_copy_port(struct topo_view *v, struct kernel *k,
                           struct rtnl_link *l)
{
    struct topo_port *p = topo_view_port(v, rtnl_link_get_name(l));
    struct nl_addr *a = rtnl_link_get_addr(l);
    struct rtnl_link *master;
    struct topo_id mac = { .value = NULL };

    if (!p)
        return;
    if (a && nl_addr_get_len(a) == 6) {
        topo_id_octets(v, &mac, false, LLDP_PORT_MAC_ADDRESS,
                       nl_addr_get_binary_addr(a), 6);
        free(p->mac);
        p->mac = mac.value;
    }
    p->mtu = rtnl_link_get_mtu(l);
    p->up = (rtnl_link_get_flags(l) & IFF_UP) && rtnl_link_get_carrier(l);
    p->rx_bytes = (int64_t)rtnl_link_get_stat(l, RTNL_LINK_RX_BYTES);
    p->tx_bytes = (int64_t)rtnl_link_get_stat(l, RTNL_LINK_TX_BYTES);
    if (rtnl_link_get_ifalias(l))
        topo_str(v, &p->descr, rtnl_link_get_ifalias(l));
    master = rtnl_link_get_master(l) > 0
                 ? rtnl_link_get(k->links, rtnl_link_get_master(l))
                 : NULL;
    if (master) {
        topo_str(v, &p->master, rtnl_link_get_name(master));
        rtnl_link_put(master);
    }
}

/* A port without carrier may tell the speed that it once had: not taken. */
static void view_set_speed(struct topo_view *v, struct kernel *k,
                           const char *name, uint32_t mbps)
{
    struct rtnl_link *l = rtnl_link_get_by_name(k->links, name);
    const struct topo_port *p = topo_view_find_port(v, name);

    if (l && p && p->up == 1 && mbps && mbps <= TOPO_MAX_MBPS &&
        !link_is_compound(l))
        v->port[p - v->port].speed_mbps = mbps;
    if (l)
        rtnl_link_put(l);
}

struct speed_dump {
    struct topo_view *v;
    struct kernel *k;
};

static int ethtool_on_linkmodes(struct nl_msg *msg, void *arg)
{
    struct speed_dump *s = arg;
    struct nlattr *
        tb[ETHTOOL_A_LINKMODES_MAX + 1] = { NULL },
                                     *dev[ETHTOOL_A_HEADER_MAX + 1] = { NULL };

    if (genlmsg_parse(nlmsg_hdr(msg), 0, tb, ETHTOOL_A_LINKMODES_MAX, NULL) ||
        !tb[ETHTOOL_A_LINKMODES_HEADER] || !tb[ETHTOOL_A_LINKMODES_SPEED] ||
        nla_parse_nested(dev, ETHTOOL_A_HEADER_MAX,
                         tb[ETHTOOL_A_LINKMODES_HEADER], NULL) ||
        !dev[ETHTOOL_A_HEADER_DEV_NAME])
        return NL_SKIP;
    view_set_speed(s->v, s->k, nla_get_string(dev[ETHTOOL_A_HEADER_DEV_NAME]),
                   nla_get_u32(tb[ETHTOOL_A_LINKMODES_SPEED]));
    return NL_OK;
}

/* One dump tells all ports. */
static bool read_speeds_by_ethtool(struct topo_view *v, struct kernel *k)
{
    struct nl_sock *sock = nl_socket_alloc();
    struct nl_msg *msg = NULL;
    struct speed_dump s = { v, k };
    bool ok = false;
    int family;

    if (!sock || genl_connect(sock))
        goto out;
    family = genl_ctrl_resolve(sock, "ethtool");
    msg = nlmsg_alloc();
    if (family < 0 || !msg ||
        !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_DUMP,
                     ETHTOOL_MSG_LINKMODES_GET, 1))
        goto out;
    nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, ethtool_on_linkmodes,
                        &s);
    ok = nl_send_auto(sock, msg) >= 0 && nl_recvmsgs_default(sock) >= 0;
out:
    nlmsg_free(msg);
    if (sock)
        nl_socket_free(sock);
    return ok;
}

static void read_speeds_by_sysfs(struct topo_view *v, struct kernel *k)
{
    for (size_t i = 0; i < v->ports; i++) {
        char path[64 + TOPO_TEXT_MAX];
        long mbps;
        FILE *f;

        snprintf(path, sizeof path, "/sys/class/net/%s/speed",
                 v->port[i].name);
        f = fopen(path, "re");
        if (!f)
            continue;
        if (fscanf(f, "%10ld", &mbps) == 1 && mbps > 0 &&
            mbps <= TOPO_MAX_MBPS)
            view_set_speed(v, k, v->port[i].name, (uint32_t)mbps);
        fclose(f);
    }
}

/* Counters begin with the boot, and count while the host sleeps. */
static int64_t boot_clock_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int topo_ports_read(struct topo_view *v, struct msg *err)
{
    struct kernel k;
    int rc = kernel_open(&k, err);

    if (rc)
        return rc;
    v->clock_ms = boot_clock_ms();
    for (struct nl_object *o = nl_cache_get_first(k.links); o;
         o = nl_cache_get_next(o)) {
        struct rtnl_link *l = (struct rtnl_link *)o;

        if (!(rtnl_link_get_flags(l) & IFF_LOOPBACK) && !link_is_guest(l))
            view_copy_port(v, &k, l);
    }
    if (!read_speeds_by_ethtool(v, &k))
        read_speeds_by_sysfs(v, &k);
    kernel_close(&k);
    rc = topo_view_check(v);
    if (rc)
        msg_set(err, "the host's ports: out of memory");
    return rc;
}

/* --- from an address to ports -------------------------------------------- */

/* Goes down to the ports with cables: from bridges and bonds to their members,
 * from VLANs to the link below. */
static void view_add_lower_ports(struct topo_view *v, struct kernel *k,
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

        if (rtnl_link_get_master(m) != ifindex || link_is_guest(m))
            continue;
        members = true;
        view_add_lower_ports(v, k, rtnl_link_get_ifindex(m), depth + 1);
    }
    lower = rtnl_link_get_link(l);
    if (members)
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
    return !nl_addr_get_prefixlen(dst) || !nl_addr_cmp_prefix(dst, to);
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

static struct rtnl_route *route_find(struct kernel *k, struct nl_addr *to)
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

/* Adds the ports on the way to one address. */
static int view_add_route(struct topo_view *v, struct kernel *k,
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

int topo_ports_towards(struct topo_view *v, char **address, size_t n,
                       struct msg *err)
{
    struct kernel k;
    int rc = kernel_open(&k, err), ways = 0;

    if (rc)
        return rc;
    if (!n)
        ways = view_add_route(v, &k, NULL, err) == 0;
    for (size_t i = 0; i < n; i++)
        ways += view_add_route(v, &k, address[i], err) == 0;
    kernel_close(&k);
    return ways;
}
