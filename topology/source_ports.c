/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Asks the kernel for this host's ports, and for which of them carry what is
 * sent to an address.
 */
#include "topology/source_ports_impl.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>

#include <netlink/route/route.h>

#include "topology/source.h"

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
    if (!k->sock) {
        msg_set(err, "the kernel's links and routes: out of memory");
        return -ENOMEM;
    }
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
    ports_of_links(v, k.links);
    ports_read_speeds(v, k.links);
    kernel_close(&k);
    rc = topo_view_check(v);
    if (rc)
        msg_set(err, "the host's ports: out of memory");
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
        ways = ports_add_route(v, &k, NULL, err) == 0;
    for (size_t i = 0; i < n; i++)
        ways += ports_add_route(v, &k, address[i], err) == 0;
    kernel_close(&k);
    return ways;
}
