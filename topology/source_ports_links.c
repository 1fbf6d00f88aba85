/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes ports of the kernel's links. */
#include "topology/source_ports_impl.h"

#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "topology/identity.h"
#include "topology/lldp.h"

enum { GUEST_OCTET = 0xfe };

/* netback gives every VIF the address fe:ff:ff:ff:ff:ff */
bool ports_link_is_guest(struct rtnl_link *l)
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

static void view_copy_port(struct topo_view *v, struct nl_cache *links,
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
                 ? rtnl_link_get(links, rtnl_link_get_master(l))
                 : NULL;
    if (master) {
        topo_str(v, &p->master, rtnl_link_get_name(master));
        rtnl_link_put(master);
    }
}

void ports_of_links(struct topo_view *v, struct nl_cache *links)
{
    for (struct nl_object *o = nl_cache_get_first(links); o;
         o = nl_cache_get_next(o)) {
        struct rtnl_link *l = (struct rtnl_link *)o;

        if (!(rtnl_link_get_flags(l) & IFF_LOOPBACK) &&
            !ports_link_is_guest(l))
            view_copy_port(v, links, l);
    }
}
