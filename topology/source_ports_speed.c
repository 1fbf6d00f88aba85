/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the speeds of this host's ports. */
#include "topology/source_ports_impl.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <linux/ethtool_netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

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

/* A port without carrier may tell the speed that it once had: not taken. */
static void view_set_speed(struct topo_view *v, struct nl_cache *links,
                           const char *name, uint32_t mbps)
{
    struct rtnl_link *l = rtnl_link_get_by_name(links, name);
    const struct topo_port *p = topo_view_find_port(v, name);

    if (l && p && p->up == 1 && mbps && mbps <= TOPO_MAX_MBPS &&
        !link_is_compound(l))
        v->port[p - v->port].speed_mbps = mbps;
    if (l)
        rtnl_link_put(l);
}

/* The name as the message has it: it need not end with a NUL there. */
static bool header_name(struct nlattr *header, char name[IFNAMSIZ])
{
    struct nlattr *dev[ETHTOOL_A_HEADER_MAX + 1] = { NULL };

    if (nla_parse_nested(dev, ETHTOOL_A_HEADER_MAX, header, NULL) ||
        !dev[ETHTOOL_A_HEADER_DEV_NAME])
        return false;
    nla_strlcpy(name, dev[ETHTOOL_A_HEADER_DEV_NAME], IFNAMSIZ);
    return true;
}

void ports_take_speed(struct topo_view *v, struct nl_cache *links,
                      struct nlmsghdr *h)
{
    struct nlattr *tb[ETHTOOL_A_LINKMODES_MAX + 1] = { NULL }, *speed;
    char name[IFNAMSIZ];

    if (!genlmsg_valid_hdr(h, 0) ||
        genlmsg_parse(h, 0, tb, ETHTOOL_A_LINKMODES_MAX, NULL) ||
        !tb[ETHTOOL_A_LINKMODES_HEADER])
        return;
    speed = tb[ETHTOOL_A_LINKMODES_SPEED];
    if (speed && nla_len(speed) == sizeof(uint32_t) &&
        header_name(tb[ETHTOOL_A_LINKMODES_HEADER], name))
        view_set_speed(v, links, name, nla_get_u32(speed));
}

struct speed_dump {
    struct topo_view *v;
    struct nl_cache *links;
};

static int ethtool_on_linkmodes(struct nl_msg *msg, void *arg)
{
    struct speed_dump *s = arg;

    ports_take_speed(s->v, s->links, nlmsg_hdr(msg));
    return NL_OK;
}

/* One dump tells all ports. */
static bool read_speeds_by_ethtool(struct topo_view *v, struct nl_cache *links)
{
    struct nl_sock *sock = nl_socket_alloc();
    struct nl_msg *msg = NULL;
    struct speed_dump s = { v, links };
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

static void read_speeds_by_sysfs(struct topo_view *v, struct nl_cache *links)
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
            view_set_speed(v, links, v->port[i].name, (uint32_t)mbps);
        fclose(f);
    }
}

void ports_read_speeds(struct topo_view *v, struct nl_cache *links)
{
    if (!read_speeds_by_ethtool(v, links))
        read_speeds_by_sysfs(v, links);
}
