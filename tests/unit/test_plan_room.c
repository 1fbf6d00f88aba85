/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Room that is made for one guest: guests that need more memory where they
 * arrive than they hold, groups by rack, guests that are in each other's way.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "scheduler/scheduler.h"
#include "topology/topology.h"

enum { HOSTS = 4, GUESTS = 4 };

static const char *const names[HOSTS] = { "a", "b", "c", "d" };

struct guest {
    const char *name, *host; /* NULL: the list ends */
    int mib, need;           /* need 0: as much */
    const char *apart_racks;
};

struct row {
    const char *what;
    int mib[HOSTS];    /* 0: there is no such host */
    const char *racks; /* a letter for each host */
    struct guest guest[GUESTS + 1];
    const char *target; /* of the first guest; NULL: any host */
    const char *moves;  /* "xb yc": in this order; NULL: none is found */
};

static struct topo *map_of(const struct row *row)
{
    struct topo *t = topo_new();

    assert_non_null(t);
    for (int i = 0; i < HOSTS; i++)
        assert_int_equal(topo_add_node(t, names[i], TOPO_HOST), i);
    assert_int_equal(topo_add_node(t, "s", TOPO_SWITCH), HOSTS);
    for (uint32_t i = 0; i < HOSTS; i++) {
        struct topo_link l = { .a = i, .b = HOSTS, .mbps = 1000 };
        /* those that there are not have no letter */
        char rack[] = { i < strlen(row->racks) ? row->racks[i] : '\0', '\0' };

        assert_true(topo_add_link(t, &l) >= 0);
        assert_int_equal(topo_set_rack(t, i, rack), 0);
    }
    return t;
}

static void fail_problem(void *arg, const char *text)
{
    fail_msg("%s: %s", (const char *)arg, text);
}

static struct plan_cluster *cluster_of(const struct topo *map,
                                       const struct row *row)
{
    struct plan_cluster *c = plan_cluster_new(map);

    assert_non_null(c);
    for (int i = 0; i < HOSTS && row->mib[i]; i++) {
        struct plan_host h = { .name = names[i],
                               .memory_mib = row->mib[i],
                               .cpus = 8 };

        assert_int_equal(plan_add_host(c, &h), 0);
    }
    for (const struct guest *g = row->guest; g->name; g++) {
        struct plan_domain d = { .uuid = g->name,
                                 .name = g->name,
                                 .host = g->host,
                                 .type = PLAN_PVH,
                                 .memory_mib = g->mib,
                                 .need_mib = g->need,
                                 .vcpus = 1,
                                 .cpu_used = -1 };

        if (g->apart_racks)
            d.apart_racks = (struct plan_words){ &g->apart_racks, 1, true };
        assert_int_equal(plan_add_domain(c, &d), 0);
    }
    assert_int_equal(plan_cluster_index(c, NULL, fail_problem,
                                        (void *)(uintptr_t)row->what),
                     0);
    return c;
}

/* Each move waits for the one before it. */
static void expect_moves(const struct row *row, struct plan_cluster *c,
                         const struct plan *p)
{
    char text[64] = "";
    size_t n = 0;

    for (uint32_t i = 0; i < p->move_n && n < sizeof text; i++) {
        const struct plan_move *m = &p->move[i];

        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s",
                              i ? " " : "", plan_domain_name(c, m->domain),
                              plan_host_name(c, m->to));
        if (m->after_n != (i > 0))
            fail_msg("%s: move %u waits for %u", row->what, i, m->after_n);
    }
    if (strcmp(text, row->moves ? row->moves : ""))
        fail_msg("%s: %s, not %s (%s)", row->what, text, row->moves,
                 p->text ? p->text : "");
    assert_int_equal(p->infeasible, !row->moves);
    assert_false(p->proven);
}

static const struct row rows[] = {
    { "what the guest holds on its host is free once it has left, no more",
      { 4096, 4096, 4096 },
      "rrr",
      { { "x", "b", 2048, 2064, NULL },
        { "y", "a", 2048, 0, NULL },
        { "z", "c", 3072, 0, NULL } },
      NULL,
      "yb xa" },
    { "two make room, one on the host that the guest leaves",
      { 7168, 11264 },
      "rr",
      { { "x", "a", 3072, 4096, NULL },
        { "y", "a", 1024, 0, NULL },
        { "z", "b", 4096, 0, NULL },
        { "v", "b", 6144, 0, NULL } },
      "b",
      "yb za xb" },
    { "the guest that it must share no rack with leaves that rack first",
      { 1000, 1000, 1000 },
      "rst",
      { { "x", "a", 100, 0, "g" }, { "y", "b", 100, 0, "g" } },
      "b",
      "yc xb" },
    { "as above, from another host of the rack",
      { 1000, 500, 1000, 1000 },
      "rsst",
      { { "x", "a", 600, 0, "g" }, { "y", "b", 100, 0, "g" } },
      "c",
      "yd xc" },
    { "it has no other rack to go to than the one that is left later",
      { 1000, 1000 },
      "rs",
      { { "x", "a", 100, 0, "g" }, { "y", "b", 100, 0, "g" } },
      "b",
      NULL },
};

static void test_migrate(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        struct topo *map = map_of(row);
        struct plan_cluster *c = cluster_of(map, row);
        uint32_t to = PLAN_NONE;
        struct plan *p;

        if (row->target)
            to = plan_find_host(c, row->target);
        assert_int_equal(plan_migrate(c, 0, to, &p), 0);
        expect_moves(row, c, p);
        plan_free(p);
        plan_cluster_free(c);
        topo_free(map);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = { cmocka_unit_test(
        test_migrate) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
