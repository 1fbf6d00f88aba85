/* SPDX-License-Identifier: LGPL-2.1-only */
/* Guests that go home: who can, who has to stay, and the rule that binds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/scheduler.h"
#include "tests/lib/home_world.h"

struct row {
    const char *what;
    struct home_world w;
    const char *moves; /* "qa rb": q to a, r to b */
    const char *stays; /* "s:memory t:state" */
    const char *text;  /* part of the first reason; NULL: any */
};

static const struct row rows[] = {
    { "nobody is away",
      { { 4096, 4096 }, { 0 }, "rr", { { .at = "a", .mib = 512 } }, 0 },
      "",
      "",
      NULL },
    { "a guest at home needs no move",
      { { 4096, 4096 },
        { 0 },
        "rr",
        { { .at = "a", .home = "a", .mib = 512 } },
        0 },
      "",
      "",
      NULL },
    { "all go home",
      { { 4096, 4096, 4096 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 512 },
          { .at = "c", .home = "a", .mib = 1024 },
          { .at = "c", .mib = 512 } },
        0 },
      "qa ra",
      "",
      NULL },
    { "no room: the smaller ones are more",
      { { 2048, 8192 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 2048 },
          { .at = "b", .home = "a", .mib = 1024 },
          { .at = "b", .home = "a", .mib = 1024 } },
        0 },
      "ra sa",
      "q:memory",
      "0 MiB free of 2.0 GiB, 2.0 GiB are needed" },
    { "one leaves its room to the next",
      { { 2048, 2048, 4096 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 2048 },
          { .at = "c", .home = "b", .mib = 2048 } },
        0 },
      "qa rb",
      "",
      NULL },
    { "two that would have to change places stay",
      { { 2048, 2048, 8192 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 2048 },
          { .at = "a", .home = "b", .mib = 2048 } },
        0 },
      "",
      "q:memory r:memory",
      NULL },
    { "a larger one that lets others go comes before smaller ones",
      { { 2048, 2048, 4096 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 2048 },
          { .at = "c", .home = "a", .mib = 1024 },
          { .at = "c", .home = "b", .mib = 1024 },
          { .at = "c", .home = "b", .mib = 1024 } },
        0 },
      "qa sb tb",
      "r:memory",
      NULL },
    { "the home is in maintenance",
      { { 4096, 4096 },
        { PLAN_MAINTENANCE },
        "rr",
        { { .at = "b", .home = "a", .mib = 512 } },
        0 },
      "",
      "q:state",
      "it is in maintenance" },
    { "the home is not known",
      { { 4096, 4096 },
        { 0 },
        "rr",
        { { .at = "b", .home = "z9", .mib = 512 } },
        0 },
      "",
      "q:state",
      "z9, its home, is not among" },
    { "a pinned guest",
      { { 4096, 4096 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 512, .pinned = "by hand" } },
        0 },
      "",
      "q:pinned",
      "by hand" },
    { "its place is taken by one that it must not meet",
      { { 4096, 4096 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 512, .apart = "g" },
          { .at = "a", .mib = 512, .apart = "g" } },
        0 },
      "",
      "q:apart",
      NULL },
    { "of two that must not meet one goes",
      { { 4096, 4096, 4096 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 512, .apart = "g" },
          { .at = "c", .home = "a", .mib = 256, .apart = "g" } },
        0 },
      "ra",
      "q:apart",
      NULL },
    { "it comes when the one has left that it must not meet",
      { { 4096, 4096, 4096 },
        { 0 },
        "rrr",
        { { .at = "c", .home = "a", .mib = 256, .apart = "g" },
          { .at = "a", .home = "b", .mib = 512, .apart = "g" } },
        0 },
      "qa rb",
      "",
      NULL },
    { "racks that must not have both",
      { { 4096, 4096, 4096 },
        { 0 },
        "rrs",
        { { .at = "c", .home = "a", .mib = 512, .racks = "g" },
          { .at = "b", .mib = 512, .racks = "g" } },
        0 },
      "",
      "q:apart-racks",
      NULL },
    { "those that stay together go together",
      { { 4096, 4096 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 512, .pair = "p" },
          { .at = "b", .home = "a", .mib = 1024, .pair = "p" } },
        0 },
      "qa ra",
      "",
      NULL },
    { "there is no room for both that stay together",
      { { 1024, 4096 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 512, .pair = "p" },
          { .at = "b", .home = "a", .mib = 1024, .pair = "p" } },
        0 },
      "",
      "q:together r:together",
      "needs 1.5 GiB with" },
    { "one that it has to stay with belongs elsewhere",
      { { 4096, 4096, 4096 },
        { 0 },
        "rrr",
        { { .at = "b", .home = "a", .mib = 512, .pair = "p" },
          { .at = "b", .mib = 512, .pair = "p" } },
        0 },
      "",
      "q:together",
      "has to stay with r" },
    { "vCPUs",
      { { 9000, 9000 },
        { 0 },
        "rr",
        { { .at = "b", .home = "a", .mib = 512, .vcpus = 12 },
          { .at = "a", .mib = 512, .vcpus = 8 } },
        0 },
      "",
      "q:vcpu",
      NULL },
};

/* By the guests' numbers: what waits for what is replayed below. */
static void expect_moves(const struct row *row, struct plan_cluster *c,
                         const struct plan *p)
{
    char text[64] = "";
    size_t n = 0;

    for (uint32_t g = 0; g < plan_domains(c); g++)
        for (uint32_t i = 0; i < p->move_n && n < sizeof text; i++)
            if (p->move[i].domain == g)
                n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s",
                                      n ? " " : "", plan_domain_name(c, g),
                                      plan_host_name(c, p->move[i].to));
    if (strcmp(text, row->moves))
        fail_msg("%s: moves %s, not %s", row->what, text, row->moves);
    if (!p->move_n != !!p->text)
        fail_msg("%s: %s", row->what, p->text ? p->text : "no sentence");
}

static void expect_stays(const struct row *row, struct plan_cluster *c,
                         const struct plan *p)
{
    char text[64] = "";
    size_t n = 0;

    for (uint32_t i = 0; i < p->stranded_n && n < sizeof text; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s:%s",
                              i ? " " : "",
                              plan_domain_name(c, p->stranded[i].domain),
                              plan_rule_name(p->stranded[i].reason->rule));
    if (strcmp(text, row->stays))
        fail_msg("%s: stays %s, not %s", row->what, text, row->stays);
    if (row->text && !strstr(p->stranded->reason->text, row->text))
        fail_msg("%s: %s", row->what, p->stranded->reason->text);
}

static void test_rows(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct home_world w = rows[i].w;
        char rack[HOME_HOSTS + 1] = "rrrrr";
        struct plan_cluster *c;
        struct topo *map;
        struct plan *p;

        memcpy(rack, w.rack, strlen(w.rack));
        w.rack = rack;
        map = home_world_map(&w);
        c = home_world_cluster(map, &w);
        p = home_world_plan(c);
        expect_moves(&rows[i], c, p);
        expect_stays(&rows[i], c, p);
        plan_free(p);
        plan_cluster_free(c);
        topo_free(map);
    }
}

/* Only those are asked about that are named, and those with them. */
static void test_named(void **state)
{
    struct home_world w = {
        { 4096, 4096 },
        { 0 },
        "rrrrr",
        { { .at = "b", .home = "a", .mib = 512, .pair = "p" },
          { .at = "b", .home = "a", .mib = 512, .pair = "p" },
          { .at = "b", .home = "a", .mib = 512 } },
        0
    };
    struct topo *map = home_world_map(&w);
    struct plan_cluster *c = home_world_cluster(map, &w);
    const uint32_t named[] = { 1, 1 };
    struct plan *p = NULL;

    assert_int_equal(plan_home(c, named, 2, &p), 0);
    assert_int_equal(p->goal, PLAN_GOAL_HOME);
    assert_int_equal(p->goal_guest_n, 1);
    assert_int_equal(p->goal_guest[0], 1);
    assert_int_equal(p->move_n, 2);
    assert_true(p->move[0].domain < 2 && p->move[1].domain < 2);
    assert_true(fabs(p->bound - p->total) < 1e-6);
    plan_free(p);
    plan_cluster_free(c);
    topo_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
