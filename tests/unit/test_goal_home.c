/* SPDX-License-Identifier: LGPL-2.1-only */
/* The goal home: whom its operands mean, and what is left of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/home_world.h"
#include "tools/run/goal.h"
#include "tools/run/run.h"

/* a and b are in rack r, the others in s. */
static const struct home_world world = {
    .mib = { 4096, 4096, 4096, 4096 },
    .rack = "rrsss",
    .guest = { { .at = "c", .home = "a", .mib = 512 },
               { .at = "c", .home = "b", .mib = 512 },
               { .at = "a", .home = "d", .mib = 512 },
               { .at = "a", .mib = 512 },
               { .at = "b", .home = "k9", .mib = 512 } },
};

/* The guests of a plan, by their names: "qrs". */
static void guests_of(const struct plan_cluster *c, const struct plan *p,
                      char text[16])
{
    uint32_t n = p->goal_guest_n;

    assert_true(n < 16);
    for (uint32_t i = 0; i < n; i++)
        text[i] = *plan_domain_name(c, p->goal_guest[i]);
    text[n] = '\0';
}

static void test_operands(void **state)
{
    static const struct {
        const char *operand[3];
        const char *guests; /* NULL: refused */
        const char *says;
    } row[] = {
        { { NULL }, "qrsu", NULL },
        { { "a" }, "q", NULL },
        { { "d", "a" }, "sq", NULL },
        { { "rack:r" }, "qr", NULL },
        { { "rack:r", "q", "a" }, "qr", NULL },
        { { "s" }, "s", NULL },
        { { "t" }, "", NULL }, /* it is at home */
        { { "c" }, "", NULL }, /* nobody belongs there */
        { { "k9" }, "u", NULL },
        { { "k8" }, NULL, "k8" },
        { { "rack:q" }, NULL, "no rack q" },
        { { "a", "zz" }, NULL, "zz" },
    };
    struct home_world w = world;
    struct topo *map = home_world_map(&w);
    struct plan_cluster *c = home_world_cluster(map, &w);

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char *operand[3], text[16];
        struct msg err = MSG_NONE;
        struct plan *p = NULL;
        int n = 0, rc;

        for (; n < 3 && row[i].operand[n]; n++)
            operand[n] = (char *)(uintptr_t)row[i].operand[n];
        rc = goal_home.plan(c, operand, n, &p, &err);
        if (rc != (row[i].guests ? 0 : -EINVAL))
            fail_msg("row %zu: %d", i, rc);
        if (rc) {
            assert_non_null(strstr(err.text, row[i].says));
            continue;
        }
        guests_of(c, p, text);
        if (strcmp(text, row[i].guests))
            fail_msg("row %zu: %s, not %s", i, text, row[i].guests);
        plan_free(p);
    }
    plan_cluster_free(c);
    topo_free(map);
}

static void add_move(struct run *r, const char *uuid, enum move_state state)
{
    assert_int_equal(run_grow(r), 0);
    r->move[r->move_n++] = (struct run_move){ .uuid = strdup(uuid),
                                              .name = strdup(uuid),
                                              .from = strdup("c"),
                                              .to = strdup("a"),
                                              .state = state };
}

/* Only the guests of the run are planned again, and only those that are still
 * away; whether one is at home that nobody has seen is not known. */
static void test_replan(void **state)
{
    static const struct {
        const char *guests;
        enum move_state lost; /* of a guest that is on no host */
        const char *planned;
        bool unseen;
    } row[] = {
        { "q", MOVE_PLANNED, "q", true },   { "qs", MOVE_DONE, "qs", false },
        { "qt", MOVE_FAILED, "q", true },   { "t", MOVE_SKIPPED, "", false },
        { "rsq", MOVE_DONE, "rsq", false },
    };
    struct home_world w = world;
    struct topo *map = home_world_map(&w);
    struct plan_cluster *c = home_world_cluster(map, &w);

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct run r = { .state = RUN_OPEN };
        struct plan *p = NULL;
        bool unseen = true;
        char text[16];

        for (const char *g = row[i].guests; *g; g++) {
            const char name[] = { *g, '\0' };

            assert_int_equal(strlist_add(&r.guests, name), 0);
        }
        assert_int_equal(strlist_add(&r.guests, "lost"), 0);
        add_move(&r, "lost", row[i].lost);
        assert_int_equal(goal_home.replan(&r, c, &p, &unseen), 0);
        guests_of(c, p, text);
        assert_string_equal(text, row[i].planned);
        assert_int_equal(unseen, row[i].unseen);
        plan_free(p);
        run_dispose(&r);
    }
    plan_cluster_free(c);
    topo_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operands),
        cmocka_unit_test(test_replan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
