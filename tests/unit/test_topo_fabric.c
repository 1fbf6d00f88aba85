/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tests generated networks from text to distances, against the truth.
 *
 * The truth comes from the cables. bench-topology runs 500 networks of a new
 * seed; this runs a few of each shape, always the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "tests/lib/topo_fabric.h"
#include "topology/map.h"

static void check(const struct fab *f, const struct topo_map *m,
                  const char *shape, uint64_t seed)
{
    struct topo_dist *d = topo_dist_new(m->topo);
    struct fab_truth *t = fab_truth_new(f);

    for (unsigned a = 0; a < f->nodes; a++)
        for (unsigned b = 0; b < a; b++) {
            struct topo_pair want, got;

            if (f->node[a].is_switch || f->node[b].is_switch)
                continue;
            want = fab_truth(t, a, b);
            got = topo_pair(d, (uint32_t)topo_find(m->topo, f->node[a].name),
                            (uint32_t)topo_find(m->topo, f->node[b].name));
            if (got.hops != want.hops || got.paths != want.paths ||
                got.flow_mbps != want.flow_mbps ||
                got.total_mbps != want.total_mbps)
                fail_msg("%s %lu, %s to %s: hops %d paths %g flow %ld total "
                         "%ld, not %d %g %ld %ld",
                         shape, (unsigned long)seed, f->node[a].name,
                         f->node[b].name, got.hops, got.paths,
                         (long)got.flow_mbps, (long)got.total_mbps, want.hops,
                         want.paths, (long)want.flow_mbps,
                         (long)want.total_mbps);
        }
    fab_truth_free(t);
    topo_dist_free(d);
}

static void shapes(void **state)
{
    for (int s = 0; s < FAB_SHAPES; s++)
        for (uint64_t seed = 1; seed <= 3; seed++) {
            struct topo_view *view;
            struct topo_map m;
            struct fab f;
            size_t n;

            fab_generate(&f, (enum fab_shape)s, seed * 1000 + (uint64_t)s);
            topo_map_init(&m);
            assert_int_equal(fab_views(&f, &view, &n), 0);
            assert_int_equal(topo_merge(&m, view, n, NULL), 0);
            check(&f, &m, fab_shape_name((enum fab_shape)s), seed);
            topo_map_dispose(&m);
            while (n)
                topo_view_dispose(&view[--n]);
            free(view);
            fab_dispose(&f);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(shapes) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
