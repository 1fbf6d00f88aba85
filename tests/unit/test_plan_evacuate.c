/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Evacuations: who leaves in time, who stays, and why; and the laws of that on
 * clusters that are made at random.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "scheduler/scheduler.h"
#include "topology/topology.h"

enum { HOSTS = 4, GUESTS = 12 };

struct guest {
    int host, priority;
    int64_t mib;
    const char *together;
    bool pinned;
};

/* Host a goes down. */
struct world {
    int64_t mib[HOSTS]; /* of hosts; 0: there is none */
    struct guest guest[GUESTS];
    int guests;
};

static void ignore(void *arg, const char *text)
{
}

/* All hosts on one switch. */
static struct topo *map_of(void)
{
    struct topo *t = topo_new();

    assert_non_null(t);
    for (int h = 0; h < HOSTS; h++) {
        const char name[2] = { (char)('a' + h), 0 };

        assert_int_equal(topo_add_node(t, name, TOPO_HOST), h);
    }
    assert_int_equal(topo_add_node(t, "sw", TOPO_SWITCH), HOSTS);
    for (uint32_t h = 0; h < HOSTS; h++) {
        struct topo_link l = { .a = h, .b = HOSTS, .mbps = 1000 };

        assert_true(topo_add_link(t, &l) >= 0);
    }
    return t;
}

static struct plan_cluster *cluster_of(const struct world *w,
                                       const struct topo *map)
{
    struct plan_cluster *c = plan_cluster_new(map);
    struct plan_settings set;

    assert_non_null(c);
    for (int h = 0; h < HOSTS && w->mib[h]; h++) {
        const char name[2] = { (char)('a' + h), 0 };
        struct plan_host in = {
            .name = name, .state = PLAN_UP, .memory_mib = w->mib[h], .cpus = 64
        };

        assert_int_equal(plan_add_host(c, &in), 0);
    }
    for (int g = 0; g < w->guests; g++) {
        const struct guest *q = &w->guest[g];
        const char host[2] = { (char)('a' + q->host), 0 };
        char name[8], uuid[40];
        struct plan_domain in = { .uuid = uuid,
                                  .name = name,
                                  .host = host,
                                  .type = PLAN_PVH,
                                  .memory_mib = q->mib,
                                  .vcpus = 1,
                                  .cpu_used = 0,
                                  .dirty_mib_s = 0,
                                  .writable_mib = 0,
                                  .priority = q->priority,
                                  .pinned = q->pinned ? "so" : NULL,
                                  .together = { &q->together,
                                                q->together != NULL, true } };

        snprintf(name, sizeof name, "g%d", g);
        snprintf(uuid, sizeof uuid, "00000000-0000-4000-8000-%012d", g);
        assert_int_equal(plan_add_domain(c, &in), 0);
    }
    plan_settings_init(&set);
    set.overhead_ms = set.setup_ms = 0;
    assert_int_equal(plan_cluster_index(c, &set, ignore, NULL), 0);
    return c;
}

struct outcome {
    bool leaves[GUESTS];
    double end_s[GUESTS], start_s[GUESTS];
    enum plan_rule why[GUESTS];
    double makespan_s;
    uint32_t moves;
};

static struct outcome evacuate(const struct world *w, double within_s)
{
    struct topo *map = map_of();
    struct plan_cluster *c = cluster_of(w, map);
    struct outcome o = { .moves = 0 };
    struct plan *p;
    uint32_t host = 0;

    assert_int_equal(plan_evacuate(c, &host, 1, within_s, &p), 0);
    assert_int_equal(p->goal, PLAN_GOAL_EVACUATE);
    o.makespan_s = p->makespan_s;
    o.moves = p->move_n;
    for (uint32_t i = 0; i < p->move_n; i++) {
        const struct plan_move *m = &p->move[i];

        o.leaves[m->domain] = true;
        o.start_s[m->domain] = m->start_s;
        o.end_s[m->domain] = m->start_s + m->seconds;
    }
    for (int g = 0; g < GUESTS; g++)
        o.why[g] = PLAN_RULES;
    for (uint32_t i = 0; i < p->stranded_n; i++) {
        assert_true(p->stranded[i].reason_n > 0);
        assert_true(*p->stranded[i].reason[0].text);
        assert_false(o.leaves[p->stranded[i].domain]);
        o.why[p->stranded[i].domain] = p->stranded[i].reason[0].rule;
    }
    plan_free(p);
    plan_cluster_free(c);
    topo_free(map);
    return o;
}

/* 1 Gbit/s: a GiB takes 9 s. Who leaves, as letters of guests. */
static void who_leaves(void **state)
{
    static const struct {
        struct world w;
        double within_s;
        const char *leaves, *late, *else_stays;
    } rows[] = {
        /* all of them */
        { { { 65536, 65536 },
            { { 0, 0, 1024, NULL, 0 }, { 0, 5, 2048, NULL, 0 } },
            2 },
          60,
          "01",
          "",
          "" },
        /* what matters most, though it is the larger */
        { { { 65536, 65536 },
            { { 0, 0, 1024, NULL, 0 }, { 0, 5, 2048, NULL, 0 } },
            2 },
          22,
          "1",
          "0",
          "" },
        /* of equals the small ones, for they are more */
        { { { 65536, 65536 },
            { { 0, 1, 4096, NULL, 0 },
              { 0, 1, 1024, NULL, 0 },
              { 0, 1, 1024, NULL, 0 } },
            3 },
          25,
          "12",
          "0",
          "" },
        /* what is too large for the time is left, not all behind it */
        { { { 65536, 65536 },
            { { 0, 9, 40960, NULL, 0 }, { 0, 1, 1024, NULL, 0 } },
            2 },
          60,
          "1",
          "0",
          "" },
        /* room for one of them: the one that matters */
        { { { 65536, 2048 },
            { { 0, 1, 2048, NULL, 0 }, { 0, 3, 2048, NULL, 0 } },
            2 },
          600,
          "1",
          "",
          "0" },
        /* those that stay together matter as much as one of them */
        { { { 65536, 65536 },
            { { 0, 0, 1024, "t", 0 },
              { 0, 9, 1024, "t", 0 },
              { 0, 5, 1024, NULL, 0 } },
            3 },
          21,
          "01",
          "2",
          "" },
        /* who can't leave holds up nobody */
        { { { 65536, 65536 },
            { { 0, 9, 1024, NULL, 1 }, { 0, 0, 1024, NULL, 0 } },
            2 },
          60,
          "1",
          "",
          "0" },
        /* nobody has that much time */
        { { { 65536, 65536 }, { { 0, 9, 1024, NULL, 0 } }, 1 },
          2,
          "",
          "0",
          "" },
        { { { 65536, 65536 }, { { 1, 9, 1024, NULL, 0 } }, 1 },
          2,
          "",
          "",
          "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome o = evacuate(&rows[i].w, rows[i].within_s);

        for (int g = 0; g < rows[i].w.guests; g++) {
            bool late = strchr(rows[i].late, '0' + g);
            bool stays = late || strchr(rows[i].else_stays, '0' + g);

            if (o.leaves[g] != (strchr(rows[i].leaves, '0' + g) != NULL) ||
                (o.why[g] == PLAN_TIME) != late ||
                (o.why[g] != PLAN_RULES) != stays)
                fail_msg("row %zu: guest %d leaves: %d, %s", i, g, o.leaves[g],
                         o.why[g] < PLAN_RULES ? plan_rule_name(o.why[g])
                                               : "no rule");
        }
    }
}

/* Guests of a higher priority start first, whatever else would be quicker. */
static void the_order(void **state)
{
    const struct world w = {
        { 65536, 65536 },
        { { 0, 1, 4096, NULL, 0 },
          { 0, 7, 512, NULL, 0 },
          { 0, 3, 8192, NULL, 0 },
          { 0, 9, 1024, NULL, 0 } },
        4,
    };
    struct outcome o = evacuate(&w, 600);

    (void)state;
    assert_int_equal(o.moves, 4);
    assert_true(o.start_s[3] <= o.start_s[1]);
    assert_true(o.start_s[1] <= o.start_s[2]);
    assert_true(o.start_s[2] <= o.start_s[0]);
}

static uint64_t next_random(uint64_t *x)
{
    *x ^= *x << 13;
    *x ^= *x >> 7;
    return *x ^= *x << 17;
}

static struct world made(uint64_t seed)
{
    static const char *const groups[] = { "t", "u" };
    uint64_t x = seed * 2654435761u + 1;
    struct world w = { .guests = (int)(1 + next_random(&x) % GUESTS) };

    for (int h = 0; h < HOSTS; h++)
        w.mib[h] = (int64_t)(4096 + next_random(&x) % 20000);
    for (int g = 0; g < w.guests; g++) {
        uint64_t r = next_random(&x);

        w.guest[g] = (struct guest){ .host = r % 3 ? 0 : (int)(r / 3 % HOSTS),
                                     .priority = (int)(r / 16 % 4),
                                     .mib = (int64_t)(256 + r / 64 % 3000),
                                     .pinned = r % 13 == 0 };
        if (r % 5 == 0)
            w.guest[g].together = groups[r / 5 % 2];
    }
    return w;
}

/* Without the guests that matter less, no guest fares better. */
static void check_precedence(const struct world *w, const struct outcome *o,
                             double within_s, int least)
{
    struct world fewer = { .guests = 0 };
    int number[GUESTS];
    struct outcome p;

    memcpy(fewer.mib, w->mib, sizeof fewer.mib);
    for (int g = 0; g < w->guests; g++) {
        if (w->guest[g].host == 0 && w->guest[g].priority < least)
            continue;
        number[fewer.guests] = g;
        fewer.guest[fewer.guests++] = w->guest[g];
    }
    p = evacuate(&fewer, within_s);
    for (int g = 0; g < fewer.guests; g++)
        if (fewer.guest[g].host == 0 && !fewer.guest[g].together)
            assert_false(p.leaves[g] && !o->leaves[number[g]]);
}

static void laws(void **state)
{
    int left = 0, late = 0, others = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct world w = made(seed);
        double within_s = 4 + (double)(seed % 40);
        struct outcome o = evacuate(&w, within_s);
        bool groups = false;

        assert_true(o.makespan_s <= 0.9 * within_s + 1e-6);
        for (int g = 0; g < w.guests; g++) {
            groups |= w.guest[g].together != NULL;
            if (w.guest[g].host)
                continue;
            /* each leaves or is named */
            assert_int_not_equal(o.leaves[g], o.why[g] != PLAN_RULES);
            left += o.leaves[g];
            late += o.why[g] == PLAN_TIME;
            others += o.why[g] != PLAN_RULES && o.why[g] != PLAN_TIME;
        }
        for (int least = 1; least < 4 && !groups; least++)
            check_precedence(&w, &o, within_s, least);
    }
    assert_true(left > 100 && late > 100 && others > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_leaves),
        cmocka_unit_test(the_order),
        cmocka_unit_test(laws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
