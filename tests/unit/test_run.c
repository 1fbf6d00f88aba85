/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A run in memory: which guests its goal still misses, the exit code, and what
 * it lays over a snapshot.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run/goal.h"
#include "tools/run/overlay.h"
#include "tools/run/run.h"

/* Moves of "v" from a to b, and so on: "v a b" and its state. */
struct made {
    const char *uuid, *from, *to;
    enum move_state state;
    bool replaced;
};

static void make_run(struct run *r, const char *goal, const char *host,
                     const struct made *m, uint32_t n)
{
    *r = (struct run){ .state = RUN_OPEN };
    snprintf(r->goal, sizeof r->goal, "%s", goal);
    if (host)
        assert_int_equal(strlist_add(&r->hosts, host), 0);
    for (uint32_t i = 0; i < n && m[i].uuid; i++) {
        assert_int_equal(run_grow(r), 0);
        r->move[r->move_n++] = (struct run_move){
            .uuid = strdup(m[i].uuid),
            .name = strdup(m[i].uuid),
            .from = strdup(m[i].from),
            .to = strdup(m[i].to),
            .state = m[i].state,
            .replaced = m[i].replaced,
        };
    }
}

/* --- goals ------------------------------------------------------------------ */

static void test_left(void **state)
{
    const struct {
        const char *goal; /* of host a */
        struct made move[3];
        uint32_t left;
        enum exit_code code;
        bool stranded;
    } row[] = {
        { "drain", { { "v", "a", "b", MOVE_DONE, 0 } }, 0, RC_OK, 0 },
        { "drain", { { "v", "a", "b", MOVE_DONE, 0 } }, 0, RC_PARTLY, true },
        { "drain", { { "v", "a", "b", MOVE_FAILED, 0 } }, 1, RC_FAILED, 0 },
        /* only made room, on another host: the drain does without it */
        { "drain", { { "v", "b", "c", MOVE_FAILED, 0 } }, 0, RC_OK, 0 },
        { "drain", { { "v", "b", "c", MOVE_PLANNED, true } }, 0, RC_OK, 0 },
        { "drain",
          { { "v", "a", "c", MOVE_PLANNED, true } },
          1,
          RC_FAILED,
          0 },
        { "drain",
          { { "v", "a", "b", MOVE_DONE, 0 },
            { "w", "a", "b", MOVE_PLANNED, 0 } },
          1,
          RC_PARTLY,
          0 },
        { "drain",
          { { "v", "a", "b", MOVE_DONE, 0 },
            { "w", "a", "b", MOVE_DOUBT, 0 } },
          1,
          RC_DOUBT,
          0 },
        /* the last move of a guest counts */
        { "drain",
          { { "v", "a", "b", MOVE_FAILED, 0 },
            { "v", "a", "c", MOVE_DONE, 0 } },
          0,
          RC_OK,
          0 },
        { "rebalance",
          { { "v", "a", "b", MOVE_PLANNED, true } },
          0,
          RC_OK,
          0 },
        { "rebalance",
          { { "v", "b", "a", MOVE_FAILED, 0 } },
          1,
          RC_FAILED,
          0 },
        { "migrate", { { "v", "b", "a", MOVE_SKIPPED, 0 } }, 0, RC_OK, 0 },
        { "migrate", { { "v", "b", "a", MOVE_FAILED, 0 } }, 1, RC_FAILED, 0 },
        /* it belongs there no more */
        { "home", { { "v", "b", "a", MOVE_PLANNED, true } }, 0, RC_OK, 0 },
        { "home", { { "v", "b", "a", MOVE_PLANNED, 0 } }, 1, RC_FAILED, 0 },
        { "home", { { "v", "b", "a", MOVE_FAILED, 0 } }, 1, RC_FAILED, 0 },
        { "home", { { "v", "b", "a", MOVE_SKIPPED, 0 } }, 0, RC_OK, 0 },
        { "home",
          { { "v", "b", "a", MOVE_DONE, 0 } },
          0,
          RC_PARTLY,
          true }, /* another had to stay */
        /* a plan that was written by hand */
        { "by hand", { { "v", "b", "a", MOVE_FAILED, 0 } }, 1, RC_FAILED, 0 },
        /* as of a drain */
        { "evacuate", { { "v", "a", "b", MOVE_FAILED, 0 } }, 1, RC_FAILED, 0 },
        { "evacuate", { { "v", "b", "c", MOVE_FAILED, 0 } }, 0, RC_OK, 0 },
        { "evacuate", { { "v", "a", "b", MOVE_DONE, 0 } }, 0, RC_PARTLY, 1 },
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct run r;

        make_run(&r, row[i].goal, "a", row[i].move, 3);
        r.stranded = row[i].stranded;
        assert_int_equal(run_left(&r, NULL, NULL), row[i].left);
        assert_int_equal(run_code(&r), row[i].code);
        run_dispose(&r);
    }
}

static void test_goals(void **state)
{
    assert_ptr_equal(goal_find("drain"), &goal_drain);
    assert_null(goal_find("drai"));
    for (unsigned i = 0; goal_row(i); i++) {
        const struct goal *g = goal_row(i);

        assert_ptr_equal(goal_find(g->name), g);
        assert_true(g->plan && g->replan && g->is_met && g->takes);
        assert_true(g->min <= g->max);
    }
    assert_true(goal_drain.marks_hosts && !goal_drain.exclusive);
    assert_true(goal_rebalance.exclusive && goal_rebalance.sample_ms);
}

/* --- the overlay -------------------------------------------------------------- */

#define HOST(name_, more_)                                                    \
    "{\"name\":\"" name_ "\",\"state\":\"up\",\"memory_mib\":8000,"           \
    "\"reserved_mib\":2000,\"cpus\":4" more_ "}"
#define DOM(name_, host_)                                                     \
    "{\"uuid\":\"" name_ "\",\"name\":\"" name_ "\",\"host\":\"" host_        \
    "\",\"type\":\"pvh\",\"memory_mib\":1000,\"vcpus\":1}"
#define SNAP(hosts_, doms_)                                                   \
    "{\"format\":\"rackhop-snapshot/1\",\"topology\":{\"nodes\":[],"          \
    "\"links\":[]},\"hosts\":[" hosts_ "],\"domains\":[" doms_ "]}"
#define ARRIVING ",\"arriving\":[\"v\"]"

static const struct {
    const char *text;
    enum move_state move; /* of v, from a to b */
    int rc;
    const char *at;     /* where v counts */
    const char *pinned; /* NULL: it may be planned */
    int64_t cap[2];     /* of a and b, for guests */
} overlays[] = {
    { SNAP(HOST("a", "") "," HOST("b", ""), DOM("v", "a")),
      MOVE_PLANNED,
      0,
      "a",
      NULL,
      { 6000, 6000 } },
    /* in doubt: it has memory on both */
    { SNAP(HOST("a", "") "," HOST("b", ""), DOM("v", "a")),
      MOVE_DOUBT,
      0,
      "a",
      "in doubt",
      { 6000, 5000 } },
    /* the facts of b have the copy counted already */
    { SNAP(HOST("a", "") "," HOST("b", ARRIVING), DOM("v", "a")),
      MOVE_DOUBT,
      0,
      "a",
      "in doubt",
      { 6000, 6000 } },
    { SNAP(HOST("a", "") "," HOST("b", ""), DOM("v", "b")),
      MOVE_DOUBT,
      0,
      "b",
      "in doubt",
      { 6000, 6000 } },
    /* under way: it counts on its target host, and its source has it too */
    { SNAP(HOST("a", "") "," HOST("b", ""), DOM("v", "a")),
      MOVE_STARTED,
      0,
      "b",
      "under way",
      { 5000, 6000 } },
    { SNAP(HOST("a", "") "," HOST("b", ARRIVING), DOM("v", "a")),
      MOVE_STARTED,
      0,
      "b",
      "under way",
      { 5000, 7000 } },
    /* seen on both, for hosts are not asked at one instant */
    { SNAP(HOST("a", "") "," HOST("b", ""), DOM("v", "a") "," DOM("v", "b")),
      MOVE_STARTED,
      0,
      "b",
      "under way",
      { 5000, 6000 } },
    { SNAP(HOST("a", "") "," HOST("b", ""), DOM("v", "a") "," DOM("v", "b")),
      MOVE_PLANNED,
      0,
      "a",
      "is on a and on b",
      { 6000, 6000 } },
};

static void test_overlay(void **state)
{
    for (size_t i = 0; i < sizeof overlays / sizeof *overlays; i++) {
        struct made made = { "v", "a", "b", overlays[i].move, false };
        enum plan_rule rule = PLAN_MEMORY;
        struct snapshot_overlay over = { .apply = overlay_apply };
        struct plan_settings set;
        struct snapshot s;
        struct run r;
        struct msg err;
        char why[200] = "";

        plan_settings_init(&set);
        make_run(&r, "drain", "a", &made, 1);
        over.arg = &r;
        assert_int_equal(snapshot_parse_facts(&s, "test", overlays[i].text,
                                              strlen(overlays[i].text), &set,
                                              &over, NULL, &err),
                         overlays[i].rc);
        run_dispose(&r);
        if (overlays[i].rc)
            continue;
        for (uint32_t h = 0; h < 2; h++)
            assert_int_equal(plan_host_capacity_mib(s.cluster, h),
                             overlays[i].cap[h]);
        assert_string_equal(
            plan_host_name(s.cluster, plan_domain_host(s.cluster, 0)),
            overlays[i].at);
        plan_refusal(s.cluster, 0, *overlays[i].at == 'a', &rule, why,
                     sizeof why);
        assert_int_equal(rule == PLAN_PINNED, overlays[i].pinned != NULL);
        if (overlays[i].pinned)
            assert_non_null(strstr(why, overlays[i].pinned));
        snapshot_dispose(&s);
    }
}

/* Three failed moves are enough. */
static void test_attempts(void **state)
{
    const struct made made[] = {
        { "v", "a", "b", MOVE_FAILED, false },
        { "v", "a", "c", MOVE_FAILED, false },
        { "v", "a", "b", MOVE_FAILED, false },
    };
    struct run r;

    make_run(&r, "drain", "a", made, 2);
    assert_null(overlay_pins(&r, "v"));
    run_dispose(&r);
    make_run(&r, "drain", "a", made, 3);
    assert_string_equal(overlay_pins(&r, "v"), "its moves failed");
    assert_null(overlay_pins(&r, "w"));
    run_dispose(&r);
}

/* What was measured outlives its executor; an older one's journal has less. */
static void test_measured(void **state)
{
    for (int known = 0; known < 2; known++) {
        const struct run_move m = { .state = MOVE_DONE,
                                    .bytes = 4096,
                                    .took_s = 7,
                                    .stopped_ms = 250,
                                    .last_copy_ms = known ? 30 : -1 };
        struct run_move got = { .last_copy_ms = 5 };
        char *text = run_move_format(&m);
        struct msg err;

        assert_non_null(text);
        assert_int_equal(run_move_parse(&got, text, strlen(text), &err), 0);
        assert_true(got.bytes == m.bytes && got.took_s == m.took_s);
        assert_true(got.stopped_ms == m.stopped_ms);
        assert_true(got.last_copy_ms == m.last_copy_ms);
        free(text);
    }
}

/* Each move has the reason of its own host, in every plan of the run. */
static void test_reasons(void **state)
{
    uint32_t none = 0, first[] = { 0 };
    struct plan_doc_move move[] = {
        { .domain = "x", .name = "x", .from = "c", .to = "d", .after = &none },
        { .domain = "v",
          .name = "v",
          .from = "b",
          .to = "c",
          .after = first,
          .after_n = 1 },
        { .domain = "w", .name = "w", .from = "a", .to = "d", .after = &none },
    };
    const struct plan_doc doc = { .move = move, .move_n = 3 };
    struct run r, back;
    struct msg err;
    char *text;

    make_run(&r, "drain", "a", NULL, 0);
    assert_int_equal(strlist_add(&r.hosts, "b"), 0);
    assert_int_equal(run_add_plan(&r, &doc), 0);
    for (uint32_t i = 0; i < 3; i++) /* of an administrator's drain */
        assert_null(r.move[i].reason);
    assert_int_equal(strlist_add(&r.reasons, "a is hot: 99 C"), 0);
    assert_int_equal(strlist_add(&r.reasons, "b has bad sectors: 7"), 0);
    text = run_format(&r);
    assert_non_null(text);
    assert_int_equal(run_parse(&back, text, strlen(text), &err), 0);
    free(text);
    assert_int_equal(run_add_plan(&back, &doc), 0);
    for (uint32_t i = 3; i < 6; i++)
        assert_string_equal(back.move[i].reason,
                            *back.move[i].from == 'a' ? "a is hot: 99 C"
                            : *back.move[i].from == 'b'
                                ? "b has bad sectors: 7"
                                : "it makes room on c: b has bad sectors: 7");
    run_dispose(&back);
    run_dispose(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_left),     cmocka_unit_test(test_goals),
        cmocka_unit_test(test_overlay),  cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_measured), cmocka_unit_test(test_reasons),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
