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
    assert_int_equal(racks_seen(&m, keep), 0);
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
    };
    char dir[] = "/tmp/rackhop-racks-XXXXXX";
    int rc;

    if (!mkdtemp(dir))
        return 1;
    setenv("RACKHOP_STATE_DIR", dir, 1);
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(dir);
    return rc;
}
