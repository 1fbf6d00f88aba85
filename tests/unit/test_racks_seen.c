/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tests what is remembered of racks: a change is told, and told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tools/cluster/racks_seen.h"

/* How many changes a look at a map tells, in which h1 is in that rack. */
static size_t look(const char *rack, bool keep)
{
    struct topo_map m;
    size_t warnings;
    int h;

    topo_map_init(&m);
    m.topo = topo_new();
    assert_non_null(m.topo);
    h = topo_add_node(m.topo, "h1", TOPO_HOST);
    topo_set_rack(m.topo, (uint32_t)h, rack);
    topo_add_node(m.topo, "h2", TOPO_HOST);
    assert_int_equal(racks_seen(&m, true, keep), 0);
    warnings = m.warnings;
    if (warnings)
        assert_string_equal(m.warning[0].code, "rack-changed");
    topo_map_dispose(&m);
    return warnings;
}

static void changes(void **state)
{
    assert_int_equal(look("a", true), 0);
    assert_int_equal(look("a", true), 0);
    assert_int_equal(look(NULL, true), 0); /* it is off: nothing is known */
    assert_int_equal(look("b", false), 1);
    assert_int_equal(look("b", true), 1);
    assert_int_equal(look("b", true), 0);
    assert_int_equal(look("a", true), 1);
}

/* Two hosts behind a pair of switches; each row is a look, and says the cables that h1 and h2 have to the switches a and b, and
 * what joins these. */
static const struct lost_case {
    bool a1, b1, a2, b2; /* a-h1, b-h1, a-h2, b-h2 */
    bool peer, rejoin;
    const char *h1, *h2; /* their racks */
    size_t warnings;
} lost_cases[] = {
    { true, true, true, true, true, true, "a", "a", 0 },
    { false, true, true, false, true, true, "a", "a", 0 }, /* crosswise */
    { false, true, false, true, true, true, "a", "a", 0 }, /* all of a */
    { true, true, true, true, true, true, "a", "a", 0 },
    { false, true, true, false, true, false, "b", "a",
      1 }, /* names are given */
    { true, true, true, true, true, true, "a", "a", 1 },
    { false, true, true, false, false, true, "b", "a", 1 }, /* nothing joins */
    { false, true, true, false, true, true, "b", "a",
      0 }, /* b is a rack now */
};

static void leg(struct topo *t, bool is, int a, int b)
{
    const struct topo_link l = { .a = (uint32_t)a,
                                 .b = (uint32_t)b,
                                 .mbps = 1000 };

    if (is)
        assert_true(topo_add_link(t, &l) >= 0);
}

static void legs_lost(void **state)
{
    for (size_t i = 0; i < sizeof lost_cases / sizeof *lost_cases; i++) {
        const struct lost_case *k = &lost_cases[i];
        struct topo_map m;
        int a, b, h1, h2;

        topo_map_init(&m);
        m.topo = topo_new();
        assert_non_null(m.topo);
        a = topo_add_node(m.topo, "a", TOPO_SWITCH);
        b = topo_add_node(m.topo, "b", TOPO_SWITCH);
        h1 = topo_add_node(m.topo, "h1", TOPO_HOST);
        h2 = topo_add_node(m.topo, "h2", TOPO_HOST);
        leg(m.topo, k->a1, a, h1);
        leg(m.topo, k->b1, b, h1);
        leg(m.topo, k->a2, a, h2);
        leg(m.topo, k->b2, b, h2);
        leg(m.topo, k->peer, a, b);
        assert_int_equal(topo_derive_racks(m.topo), 0);
        assert_int_equal(racks_seen(&m, k->rejoin, true), 0);
        if (strcmp(topo_node(m.topo, (uint32_t)h1)->rack, k->h1) ||
            strcmp(topo_node(m.topo, (uint32_t)h2)->rack, k->h2) ||
            m.warnings != k->warnings)
            fail_msg("look %zu: h1 in %s, h2 in %s, %zu warnings", i,
                     topo_node(m.topo, (uint32_t)h1)->rack,
                     topo_node(m.topo, (uint32_t)h2)->rack, m.warnings);
        topo_map_dispose(&m);
    }
}

/* A file that somebody spoiled is no harm. */
static void spoiled(void **state)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/racks", getenv("RACKHOP_STATE_DIR"));
    f = fopen(path, "w");
    assert_non_null(f);
    fputs("\n\t\nh1\nh1\t\n\tx\nh1\tc\nh1\td\n", f);
    fclose(f);
    assert_int_equal(look("c", false), 0);
    assert_int_equal(look("d", true), 1);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes),
        cmocka_unit_test(spoiled),
        cmocka_unit_test(legs_lost),
    };
    char dir[] = "/tmp/rackhop-racks-XXXXXX", path[64];
    int rc;

    if (!mkdtemp(dir))
        return 1;
    setenv("RACKHOP_STATE_DIR", dir, 1);
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(path, sizeof path, "%s/racks", dir);
    unlink(path);
    rmdir(dir);
    return rc;
}
