/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How many shortest paths between two hosts share no cable: on fabrics that one
 * can check by eye, and on small ones by chance, where all sets of paths are
 * tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/lib/draw.h"
#include "topology/topology.h"

/* --- by eye ---------------------------------------------------------------------- */

/* "ab": a cable; capitals are hosts. */
static struct topo *build(const char *cables)
{
    struct topo *t = topo_new();

    for (const char *c = cables; *c; c += c[2] ? 3 : 2) {
        int id[2];

        for (int i = 0; i < 2; i++) {
            char name[2] = { c[i], '\0' };

            id[i] = topo_find(t, name);
            if (id[i] < 0)
                id[i] = topo_add_node(t, name,
                                      *name < 'a' ? TOPO_HOST : TOPO_SWITCH);
        }
        assert_true(topo_add_link(
                        t, &(struct topo_link){ .a = (uint32_t)id[0],
                                                .b = (uint32_t)id[1],
                                                .mbps = TOPO_UNKNOWN }) >= 0);
    }
    return t;
}

static int between(struct topo *t, const char *a, const char *b)
{
    struct topo_dist *d = topo_dist_new(t);
    uint32_t x = (uint32_t)topo_find(t, a), y = (uint32_t)topo_find(t, b);
    int n = topo_disjoint_paths(d, x, y);

    assert_int_equal(topo_disjoint_paths(d, y, x), n);
    assert_int_equal(topo_disjoint_paths(d, x, y), n); /* kept */
    topo_dist_free(d);
    topo_free(t);
    return n;
}

static void test_by_eye(void **state)
{
    static const struct {
        const char *what, *cables, *a, *b;
        int paths;
    } rows[] = {
        { "a switch", "As Bs", "A", "B", 1 },
        { "two spines, and a cable of each host", "As Bt sx sy tx ty", "A",
          "B", 1 },
        { "bonds", "As As Bs Bs", "A", "B", 2 },
        { "a bond at one end", "As As Bs", "A", "B", 1 },
        { "MLAG", "As At Bs Bt st", "A", "B", 2 },
        { "bonds, and one cable between the switches", "As As Bt Bt st", "A",
          "B", 1 },
        { "bonds, and two spines", "As As Bt Bt sx sy tx ty", "A", "B", 2 },
        { "no more than four", "As As As As As As Bs Bs Bs Bs Bs Bs", "A", "B",
          4 },
        { "a longer way does not count", "As Ax Bs xy yB", "A", "B", 1 },
        { "back to back", "AB AB As Bs", "A", "B", 2 },
        { "back to back, and hosts like it", "AB As Bs Cs", "A", "C", 1 },
        { "the greedy way is the wrong one",
          "Aa Aa ab ac bd be cd df ef fB fB", "A", "B", 2 },
        { "hosts carry no transit", "AB BC", "A", "C", 0 },
        { "nobody knows", "As Bt", "A", "B", 0 },
        { "itself", "As Bs", "A", "A", 0 },
        { "a switch is no host", "As Bs", "A", "s", 0 },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int n = between(build(rows[i].cables), rows[i].a, rows[i].b);

        if (n != rows[i].paths)
            fail_msg("%s: %d", rows[i].what, n);
    }
}

/* --- by chance --------------------------------------------------------------------- */

enum { HOSTS = 3, NODES = 8, CABLES = 14, FAR = 99 };

/* Hosts come first. */
struct fabric {
    int n, end[CABLES][2];
    int left[NODES]; /* links to the target */
};

static void fabric_draw(struct fabric *f, uint64_t *seed)
{
    f->n = 4 + (int)(draw_next(seed) % (CABLES - 3));
    for (int i = 0; i < f->n; i++) {
        f->end[i][0] = (int)(draw_next(seed) % NODES);
        do /* a third of all at a host */
            f->end[i][1] = (int)(draw_next(seed) % NODES);
        while (f->end[i][1] == f->end[i][0]);
    }
}

/* The node at the other end; -1: the cable is none of this node's. */
static int fabric_other(const struct fabric *f, int cable, int node)
{
    if (f->end[cable][0] == node)
        return f->end[cable][1];
    return f->end[cable][1] == node ? f->end[cable][0] : -1;
}

/* Hosts but the target carry nothing, so they are as far as can be; but for
 * the source, which begins. */
static void fabric_measure(struct fabric *f, int source, int target)
{
    for (int i = 0; i < NODES; i++)
        f->left[i] = i == target ? 0 : FAR;
    for (int round = 0; round < NODES; round++)
        for (int c = 0; c < f->n; c++)
            for (int way = 0; way < 2; way++) {
                int from = f->end[c][way], to = f->end[c][!way];

                if (from < HOSTS && from != source)
                    continue;
                if (to < HOSTS && to != target)
                    continue;
                if (f->left[to] + 1 < f->left[from])
                    f->left[from] = f->left[to] + 1;
            }
}

static int fabric_most(const struct fabric *f, uint32_t used, int source,
                       int at, int paths);

/* Goes on from a node, by each unused cable that brings it closer; at the
 * target, with one path more, from the source again. */
static int fabric_walk(const struct fabric *f, uint32_t used, int source,
                       int at, int paths)
{
    int best = paths;

    for (int c = 0; c < f->n; c++) {
        int to = used >> c & 1 ? -1 : fabric_other(f, c, at), n;

        if (to < 0 || f->left[to] != f->left[at] - 1 ||
            (to < HOSTS && f->left[to]))
            continue;
        n = fabric_most(f, used | 1u << c, source, to, paths);
        if (n > best)
            best = n;
    }
    return best;
}

static int fabric_most(const struct fabric *f, uint32_t used, int source,
                       int at, int paths)
{
    if (!f->left[at]) {
        if (++paths == TOPO_DISJOINT_MOST)
            return paths;
        at = source;
    }
    return fabric_walk(f, used, source, at, paths);
}

static struct topo *fabric_topo(const struct fabric *f)
{
    struct topo *t = topo_new();

    for (int i = 0; i < NODES; i++) {
        char name[2] = { (char)((i < HOSTS ? 'A' : 'a') + i), '\0' };

        topo_add_node(t, name, i < HOSTS ? TOPO_HOST : TOPO_SWITCH);
    }
    for (int i = 0; i < f->n; i++)
        topo_add_link(t, &(struct topo_link){ .a = (uint32_t)f->end[i][0],
                                              .b = (uint32_t)f->end[i][1],
                                              .mbps = TOPO_UNKNOWN });
    return t;
}

static void test_by_chance(void **state)
{
    unsigned seen[TOPO_DISJOINT_MOST + 1] = { 0 };
    uint64_t seed = 1;

    for (int i = 0; i < 4000; i++) {
        struct fabric f;
        struct topo *t;
        struct topo_dist *d;

        fabric_draw(&f, &seed);
        t = fabric_topo(&f);
        d = topo_dist_new(t);
        for (int a = 0; a < HOSTS; a++)
            for (int b = 0; b < HOSTS; b++) {
                int want = 0, got;

                fabric_measure(&f, a, b);
                if (a != b && f.left[a] < FAR)
                    want = fabric_most(&f, 0, a, a, 0);
                got = topo_disjoint_paths(d, (uint32_t)a, (uint32_t)b);
                if (got != want)
                    fail_msg("%d: from %d to %d: %d, not %d", i, a, b, got,
                             want);
                seen[got]++;
            }
        topo_dist_free(d);
        topo_free(t);
    }
    for (int i = 0; i < TOPO_DISJOINT_MOST; i++)
        assert_true(seen[i] > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_eye),
        cmocka_unit_test(test_by_chance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
