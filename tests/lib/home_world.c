/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes small clusters whose guests are away from home. */
#include "tests/lib/home_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

const char *const home_hosts[HOME_HOSTS] = { "a", "b", "c", "d", "e" };
const char *const home_guests[HOME_GUESTS] = { "q", "r", "s", "t", "u", "v",
                                               "w", "x", "y", "z", "m", "n" };

struct topo *home_world_map(const struct home_world *w)
{
    struct topo *t = topo_new();

    assert_non_null(t);
    for (int i = 0; i < HOME_HOSTS; i++)
        assert_int_equal(topo_add_node(t, home_hosts[i], TOPO_HOST), i);
    assert_int_equal(topo_add_node(t, "sw", TOPO_SWITCH), HOME_HOSTS);
    for (uint32_t i = 0; i < HOME_HOSTS; i++) {
        struct topo_link l = { .a = i, .b = HOME_HOSTS, .mbps = 10000 };
        char rack[] = { w->rack[i], '\0' };

        assert_true(topo_add_link(t, &l) >= 0);
        assert_int_equal(topo_set_rack(t, i, rack), 0);
    }
    return t;
}

static void world_fail(void *arg, const char *text)
{
    fail_msg("%s", text);
}

static void world_add_hosts(struct plan_cluster *c, const struct home_world *w)
{
    for (int i = 0; i < HOME_HOSTS && w->mib[i]; i++) {
        struct plan_host h = { .name = home_hosts[i],
                               .state = w->state[i],
                               .memory_mib = w->mib[i],
                               .cpus = 4 };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
}

static struct plan_words world_word(const char *const *s)
{
    return (struct plan_words){ s, *s ? 1 : 0, true };
}

struct plan_cluster *home_world_cluster(const struct topo *map,
                                        struct home_world *w)
{
    struct plan_cluster *c = plan_cluster_new(map);

    assert_non_null(c);
    world_add_hosts(c, w);
    for (w->guests = 0; w->guest[w->guests].at; w->guests++) {
        const struct home_guest *g = &w->guest[w->guests];
        struct plan_domain d = { .uuid = home_guests[w->guests],
                                 .name = home_guests[w->guests],
                                 .host = g->at,
                                 .home = g->home,
                                 .type = PLAN_PVH,
                                 .memory_mib = g->mib,
                                 .vcpus = g->vcpus ? (unsigned)g->vcpus : 1,
                                 .cpu_used = -1,
                                 .dirty_mib_s = 0,
                                 .writable_mib = -1,
                                 .pinned = g->pinned,
                                 .apart = world_word(&g->apart),
                                 .together = world_word(&g->pair),
                                 .apart_racks = world_word(&g->racks) };

        assert_int_equal(plan_add_domain(c, &d), 0);
    }
    assert_int_equal(plan_cluster_index(c, NULL, world_fail, NULL), 0);
    return c;
}

struct plan *home_world_plan(struct plan_cluster *c)
{
    uint32_t dom[HOME_GUESTS], n = plan_domains(c);
    struct plan *p = NULL;

    for (uint32_t i = 0; i < n; i++)
        dom[i] = i;
    assert_int_equal(plan_home(c, dom, n, &p), 0);
    return p;
}
