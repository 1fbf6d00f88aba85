/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes any bytes for what the kernel's dumps of links, routes and speeds
 * answered, and asks which ports carry what is sent to some addresses. */
#include "tests/fuzz/topo_target.h"
#include "tests/lib/netlink_play.h"

static void dump_play(struct kernel *k, struct topo_view *v,
                      const uint8_t *data, size_t size, bool speeds)
{
    struct nlmsghdr *h;

    while ((h = netlink_play_next(&data, &size))) {
        if (speeds)
            ports_take_speed(v, k->links, h);
        else
            netlink_play_take(k, h);
        free(h);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const address[] = { NULL, "10.0.0.9", "10.7.1.1",
                                           "fd00::9" };
    struct topo_view v;
    struct kernel k;

    netlink_play_init(&k);
    topo_view_init(&v);
    dump_play(&k, &v, data, size, false);
    ports_of_links(&v, k.links);
    dump_play(&k, &v, data, size, true);
    for (size_t i = 0; i < sizeof address / sizeof *address; i++) {
        struct msg err = MSG_NONE;

        if (ports_add_route(&v, &k, address[i], &err) && !*err.text)
            abort();
    }
    v.has_table = true;
    merge_and_ask(&v, NULL);
    topo_view_dispose(&v);
    netlink_play_dispose(&k);
    return 0;
}
