/* SPDX-License-Identifier: LGPL-2.1-only */
/* Fills libnl's caches of links and routes from messages, as a kernel would. */
#include "tests/lib/netlink_play.h"

#include <stdlib.h>
#include <string.h>

#include <linux/rtnetlink.h>
#include <netlink/cache.h>
#include <netlink/msg.h>

void netlink_play_init(struct kernel *k)
{
    *k = (struct kernel){ .sock = NULL };
    if (nl_cache_alloc_name("route/link", &k->links) ||
        nl_cache_alloc_name("route/route", &k->routes))
        abort();
}

void netlink_play_dispose(struct kernel *k)
{
    nl_cache_free(k->links);
    nl_cache_free(k->routes);
}

/* libnl takes next hops of no length for ever, and no kernel sends any. */
static bool hops_end(struct nlmsghdr *h)
{
    struct nlattr *a =
        nlmsg_valid_hdr(h, sizeof(struct rtmsg))
            ? nlmsg_find_attr(h, sizeof(struct rtmsg), RTA_MULTIPATH)
            : NULL;
    const uint8_t *at = a ? nla_data(a) : NULL;

    for (int left = a ? nla_len(a) : 0;
         left >= (int)sizeof(struct rtnexthop);) {
        struct rtnexthop hop;

        memcpy(&hop, at, sizeof hop);
        if (hop.rtnh_len < sizeof hop)
            return false;
        at += RTNH_ALIGN(hop.rtnh_len);
        left -= RTNH_ALIGN(hop.rtnh_len);
    }
    return true;
}

void netlink_play_take(struct kernel *k, struct nlmsghdr *h)
{
    struct nl_cache *c = h->nlmsg_type == RTM_NEWLINK    ? k->links
                         : h->nlmsg_type == RTM_NEWROUTE ? k->routes
                                                         : NULL;
    struct nl_msg *m =
        c && (c != k->routes || hops_end(h)) ? nlmsg_convert(h) : NULL;

    if (!m)
        return;
    nlmsg_set_proto(m, NETLINK_ROUTE);
    nl_cache_parse_and_add(c, m);
    nlmsg_free(m);
}

struct nlmsghdr *netlink_play_next(const uint8_t **p, size_t *len)
{
    struct nlmsghdr *h;
    uint32_t n;

    if (*len < sizeof *h)
        return NULL;
    memcpy(&n, *p, sizeof n);
    if (n < sizeof *h || n > *len)
        return NULL;
    /* of the exact size and aligned, as the kernel's are */
    h = malloc(n);
    if (!h)
        abort();
    memcpy(h, *p, n);
    n = NLMSG_ALIGN(n);
    if (n > *len)
        n = (uint32_t)*len;
    *p += n;
    *len -= n;
    return h;
}
