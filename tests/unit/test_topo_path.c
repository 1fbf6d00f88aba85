/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tests the graph and its distances on fabrics that one can check by eye. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "topology/topology.h"

/* "a-b:rate" words; a name that begins with 'h' is a host, '_' a segment;
 * rate 0 or none: unknown. */
static struct topo *build(const char *words)
{
    struct topo *t = topo_new();
    char *copy = strdup(words), *save = NULL;

    for (char *w = strtok_r(copy, " ", &save); w;
         w = strtok_r(NULL, " ", &save)) {
        char *end[2] = { w, strchr(w, '-') + 1 };
        char *colon = strchr(w, ':');
        struct topo_link l = { .mbps = TOPO_UNKNOWN };
        int id[2];

        end[1][-1] = '\0';
        if (colon) {
            l.mbps = atol(colon + 1);
            *colon = '\0';
        }
        for (int i = 0; i < 2; i++) {
            id[i] = topo_find(t, end[i]);
            if (id[i] < 0)
                id[i] = topo_add_node(t, end[i],
                                      *end[i] == 'h'   ? TOPO_HOST
                                      : *end[i] == '_' ? TOPO_SEGMENT
                                                       : TOPO_SWITCH);
            assert_true(id[i] >= 0);
        }
        l.a = (uint32_t)id[0];
        l.b = (uint32_t)id[1];
        assert_true(topo_add_link(t, &l) >= 0);
    }
    free(copy);
    return t;
}

static const struct {
    const char *what, *graph, *a, *b;
    int hops;
    double paths;
    int64_t flow, total;
} cases[] = {
    { "one switch", "h1-t1:25 h2-t1:25", "h1", "h2", 2, 1, 25, 25 },
    { "the slower end counts", "h1-t1:25 h2-t1:10", "h1", "h2", 2, 1, 10, 10 },
    { "two spines", "h1-t1:25 h2-t2:25 t1-s1:10 t1-s2:10 t2-s1:10 t2-s2:10",
      "h1", "h2", 4, 2, 10, 20 },
    { "oversubscribed", "h1-t1:25 h2-t2:25 t1-s1:40 t2-s1:40", "h1", "h2", 4,
      1, 25, 25 },
    { "bond: one member for a flow", "h1-t1:10 h1-t1:10 h2-t1:40", "h1", "h2",
      2, 1, 10, 20 },
    { "MLAG", "h1-t1:25 h1-t2:25 h2-t1:25 h2-t2:25 t1-t2:100", "h1", "h2", 2,
      2, 25, 50 },
    { "MLAG to single", "h1-t1:25 h1-t2:25 h2-t1:25 t1-t2:100", "h1", "h2", 2,
      1, 25, 25 },
    { "back to back", "h1-h2:10", "h1", "h2", 1, 1, 10, 10 },
    { "back to back beats a switch", "h1-h2:10 h1-t1:40 h2-t1:40", "h1", "h2",
      1, 1, 10, 10 },
    { "hosts carry no transit", "h1-h2:10 h2-h3:10", "h1", "h3", -1, -1, -1,
      -1 },
    { "no transit between switches", "h1-t1:1 h2-t1:1 h2-t2:1 h3-t2:1", "h1",
      "h3", -1, -1, -1, -1 },
    { "separate networks", "h1-t1:10 h2-t2:10", "h1", "h2", -1, -1, -1, -1 },
    { "segment", "h1-_s:10 h2-_s:10 _s-t1:10 h3-t1:10", "h1", "h3", 3, 1, 10,
      10 },
    { "unknown rate", "h1-t1:25 h2-t1", "h1", "h2", 2, 1, -1, -1 },
    { "unknown where it cannot matter",
      "h1-t1:25 h2-t2:25 t1-s1:40 t1-s2 t2-s1:40 t2-s2:40", "h1", "h2", 4, 2,
      25, 25 },
    { "unknown where it matters to the sum",
      "h1-t1:50 h2-t2:50 t1-s1:25 t1-s2 t2-s1:25 t2-s2:25", "h1", "h2", 4, 2,
      25, -1 },
    { "a blocking flow is not enough",
      "h1-a:9 a-b:1 a-c:1 b-d:1 b-e:1 c-d:1 d-f:1 e-f:1 f-h2:9", "h1", "h2", 5,
      3, 1, 2 },
    { "itself", "h1-t1:10", "h1", "h1", 0, 1, -1, -1 },
    { "a switch is no end of a move", "h1-t1:10", "h1", "t1", -1, -1, -1, -1 },
};

static void check_pair(const struct topo_pair *p, int i)
{
    if (p->hops != cases[i].hops || p->paths != cases[i].paths ||
        p->flow_mbps != cases[i].flow || p->total_mbps != cases[i].total)
        fail_msg("%s: hops %d paths %g flow %ld total %ld", cases[i].what,
                 p->hops, p->paths, (long)p->flow_mbps, (long)p->total_mbps);
}

static void pairs(void **state)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct topo *t = build(cases[i].graph);
        struct topo_dist *d = topo_dist_new(t);
        uint32_t a = (uint32_t)topo_find(t, cases[i].a),
                 b = (uint32_t)topo_find(t, cases[i].b);
        struct topo_pair p = topo_pair(d, a, b), q = topo_pair(d, b, a);

        check_pair(&p, (int)i);
        check_pair(&q, (int)i);
        assert_int_equal(topo_hops(d, a, b), cases[i].hops);
        topo_dist_free(d);
        topo_free(t);
    }
}

static void shares(void **state)
{
    struct topo *t = build("h1-t1:25 t1-s1:10 t1-s1:10 t1-s2:10 s1-t2:10 "
                           "s2-t2:10 t2-h2:25");
    struct topo_dist *d = topo_dist_new(t);
    uint32_t a = (uint32_t)topo_find(t, "h1"),
             b = (uint32_t)topo_find(t, "h2");
    struct topo_share *s;
    double at_s1 = 0, sum = 0;
    int n = topo_shares(d, a, b, &s);

    assert_int_equal(n, 6);
    for (int i = 0; i < n; i++) {
        const struct topo_bundle *x = topo_bundle(d, s[i].arc / 2);
        uint32_t to = s[i].arc & 1 ? x->a : x->b;

        sum += s[i].part;
        if (to == (uint32_t)topo_find(t, "s1"))
            at_s1 += s[i].part;
    }
    assert_true(at_s1 > 0.666 && at_s1 < 0.667); /* two cables of three */
    assert_true(sum > 3.999 && sum < 4.001);     /* four layers */
    free(s);
    topo_dist_free(d);
    topo_free(t);
}

static void racks(void **state)
{
    struct topo *t = build("h1-t1 h1-t2 h2-t2 h2-t1 h3-t3 h4-h5");

    assert_int_equal(topo_set_rack(t, (uint32_t)topo_find(t, "h3"), "cellar"),
                     0);
    assert_int_equal(topo_derive_racks(t), 0);
#define RACK(n_) topo_node(t, (uint32_t)topo_find(t, n_))->rack
    assert_string_equal(RACK("h1"), "t1");
    assert_string_equal(RACK("h2"), "t1");
    assert_string_equal(RACK("h3"), "cellar");
    assert_null(RACK("h4"));
    assert_null(RACK("t1"));
    topo_free(t);
}

/* Cables, and the rack of each host: "h1:rack". */
static const struct {
    const char *what, *cables, *racks;
} derived[] = {
    { "two switches for each rack", "h1-a1 h1-b1 h2-a1 h2-b1 h3-a2 h3-b2",
      "h1:a1 h2:a1 h3:a2" },
    { "a leg is lost", "h1-a1 h1-b1 h2-a1 h2-b1 h3-a1 h3-b1 h4-b1 a1-s b1-s",
      "h1:a1 h2:a1 h3:a1 h4:a1" },
    { "legs are lost on both, the two are joined",
      "h1-b1 h2-a1 h3-a1 h3-b1 h4-a1 h4-b1 a1-b1 a1-b1 a1-s b1-s a2-s h5-a2",
      "h1:a1 h2:a1 h3:a1 h4:a1 h5:a2" },
    { "one of two hosts lost a leg", "h1-a1 h1-b1 h2-a1 a1-b1",
      "h1:a1 h2:a1" },
    { "two racks, whose switches are joined", "h1-t1 h2-t1 t1-t2 h3-t2 h4-t2",
      "h1:t1 h2:t1 h3:t2 h4:t2" },
    { "a ring of racks", "h1-t1 h2-t2 h3-t3 t1-t2 t2-t3 t3-t1",
      "h1:t1 h2:t2 h3:t3" },
    { "a spine with a host", "h1-t1 h2-t2 h3-a t1-a t2-a",
      "h1:t1 h2:t2 h3:a" },
    { "a host in two racks",
      "h1-t1 h2-t1 h3-t1 h4-t2 h5-t2 h6-t2 hn-t1 hn-t2 t1-t2",
      "h1:t1 h4:t2 hn:t1" },
    { "a second network for all",
      "h1-t1 h2-t1 h3-t2 h4-t2 h5-t3 h6-t3 h1-net h2-net h3-net h4-net "
      "h5-net h6-net",
      "h1:t1 h3:t2 h5:t3" },
    { "each host in two racks of a row",
      "h1-t1 h1-t2 h2-t1 h2-t2 h3-t2 h3-t3 h4-t2 h4-t3 h5-t3 h5-t4 h6-t3 "
      "h6-t4 t1-t2 t2-t3 t3-t4",
      "h1:t1 h3:t1 h5:t3" },
    { "a gateway behind a rack and an edge",
      "h1-t1 h2-t1 h3-t1 h4-t1 hf-t1 hf-edge t1-edge", "h1:t1 h4:t1 hf:edge" },
};

static void derived_racks(void **state)
{
    for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
        struct topo *t = build(derived[i].cables);
        char *words = strdup(derived[i].racks), *save;

        print_message("%s\n", derived[i].what);
        assert_int_equal(topo_derive_racks(t), 0);
        assert_int_equal(topo_derive_racks(t), 0); /* changes nothing */
        for (char *w = strtok_r(words, " ", &save); w;
             w = strtok_r(NULL, " ", &save)) {
            char *rack = strchr(w, ':');

            *rack++ = '\0';
            assert_string_equal(RACK(w), rack);
        }
        free(words);
        topo_free(t);
    }
}

static void rack_behind(void **state)
{
    struct topo *t = build("h1-a1 h1-b1 h2-a1 h2-b1 h3-b1 b1-s");

    assert_int_equal(topo_derive_racks(t), 0);
    assert_string_equal(topo_rack_behind(t, "b1"), "a1");
    assert_null(topo_rack_behind(t, "s"));
    assert_null(topo_rack_behind(t, "h1"));
    topo_free(t);
}

static void sets(void **state)
{
    struct topo *t = build("h1-t1:10 h2-t1:10 h3-t1:25 h4-t2:10 t1-s:40 "
                           "t2-s:40 h5-h6:10");
    struct topo_dist *d = topo_dist_new(t);
    uint32_t h[7];
    char name[8];

    for (int i = 1; i <= 6; i++) {
        snprintf(name, sizeof name, "h%d", i);
        h[i] = (uint32_t)topo_find(t, name);
    }
    assert_int_equal(topo_set_of(d, h[1]), topo_set_of(d, h[2]));
    assert_int_not_equal(topo_set_of(d, h[1]), topo_set_of(d, h[3]));
    assert_int_equal(topo_sets(d), 4); /* h5 and h6 hang on no switch */
    assert_true(topo_is_direct(d, h[5]));
    assert_false(topo_is_direct(d, h[1]));
    struct topo_pair p = topo_set_pair(d, (uint32_t)topo_set_of(d, h[1]),
                                       (uint32_t)topo_set_of(d, h[4]));
    assert_int_equal(p.hops, 4);
    assert_int_equal(p.total_mbps, 10);
    topo_dist_free(d);
    topo_free(t);
}

static void refusals(void **state)
{
    struct topo *t = build("h1-t1:10");
    struct topo_link bad = { .a = 0, .b = 0, .mbps = 1 };

    assert_int_equal(topo_add_node(t, "h1", TOPO_HOST), -EEXIST);
    assert_int_equal(topo_add_node(t, "", TOPO_HOST), -EINVAL);
    assert_int_equal(topo_add_link(t, &bad), -EINVAL);
    bad.b = 9;
    assert_int_equal(topo_add_link(t, &bad), -EINVAL);
    bad.b = 1;
    bad.mbps = -7;
    assert_int_equal(topo_add_link(t, &bad), -EINVAL);
    bad.mbps = (int64_t)TOPO_MAX_MBPS + 1;
    assert_int_equal(topo_add_link(t, &bad), -EINVAL);
    assert_int_equal(topo_find(t, "nobody"), -ENOENT);
    topo_free(t);
}

static int note_path(void *arg, const uint32_t *nodes, size_t n)
{
    uint32_t *seen = arg;

    seen[++seen[0]] = nodes[n / 2];
    return 0;
}

static void each_path(void **state)
{
    struct topo *t = build("h1-t1 t1-s2 t1-s1 t1-s3 s3-t2 s1-t2 s2-t2 t2-h2");
    struct topo_dist *d = topo_dist_new(t);
    uint32_t a = (uint32_t)topo_find(t, "h1"),
             b = (uint32_t)topo_find(t, "h2");
    uint32_t seen[8] = { 0 };

    assert_int_equal(topo_each_path(d, a, b, 7, note_path, seen), 0);
    assert_int_equal(seen[0], 3);
    assert_int_equal(seen[1], topo_find(t, "s1"));
    assert_int_equal(seen[3], topo_find(t, "s3"));
    seen[0] = 0;
    assert_int_equal(topo_each_path(d, a, b, 2, note_path, seen), 0);
    assert_int_equal(seen[0], 2);
    topo_dist_free(d);
    topo_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs),       cmocka_unit_test(shares),
        cmocka_unit_test(racks),       cmocka_unit_test(derived_racks),
        cmocka_unit_test(rack_behind), cmocka_unit_test(sets),
        cmocka_unit_test(refusals),    cmocka_unit_test(each_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
