/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tests the part of a map that is one rack, the counts of a map, and that what
 * comes from outside is text in a drawing and nothing else. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "topology/export.h"

static uint32_t add(struct topo *t, const char *name, enum topo_kind kind)
{
    int id = topo_add_node(t, name, kind);

    assert_true(id >= 0);
    return (uint32_t)id;
}

static int link_nodes(struct topo *t, uint32_t a, uint32_t b)
{
    struct topo_link l = { .a = a,
                           .b = b,
                           .a_port = "p<1>",
                           .mbps = 25000,
                           .evidence = TOPO_BOTH,
                           .age_s = TOPO_UNKNOWN };

    return topo_add_link(t, &l);
}

/* Two racks with two hosts each, two spines that are joined by a cable, and a
 * host on nothing. */
static void map_make(struct topo_map *m)
{
    uint32_t spine[2], tor;
    struct topo *t;
    char name[16];

    topo_map_init(m);
    t = m->topo = topo_new();
    spine[0] = add(t, "s1", TOPO_SWITCH);
    spine[1] = add(t, "s2", TOPO_SWITCH);
    assert_true(link_nodes(t, spine[0], spine[1]) >= 0);
    for (int r = 1; r <= 2; r++) {
        snprintf(name, sizeof name, "tor%d", r);
        tor = add(t, name, TOPO_SWITCH);
        for (int i = 0; i < 2; i++) {
            assert_true(link_nodes(t, tor, spine[i]) >= 0);
            snprintf(name, sizeof name, "r%dh%d", r, i + 1);
            assert_true(link_nodes(t, add(t, name, TOPO_HOST), tor) >= 0);
        }
    }
    add(t, "alone", TOPO_HOST);
    assert_int_equal(topo_derive_racks(t), 0);
    assert_int_equal(topo_map_warn(m, "unread", "tor1", NULL, "one"), 0);
    assert_int_equal(topo_map_warn(m, "unread", "tor2", NULL, "two"), 0);
    assert_int_equal(topo_map_warn(m, "unreachable", "r9", NULL, "nine"), 0);
}

static char *counts(const struct topo *t)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    topo_write_counts(t, f);
    fclose(f);
    return text;
}

static void part_of_rack(void **state)
{
    struct topo_map m, part;
    char *text;

    map_make(&m);
    assert_int_equal(topo_map_of_rack(&part, &m, "tor3"), -ENOENT);
    assert_int_equal(topo_map_of_rack(&part, &m, "s1"), -ENOENT);
    assert_int_equal(topo_map_of_rack(&part, &m, "tor2"), 0);
    assert_true(topo_find(part.topo, "r2h1") >= 0);
    assert_true(topo_find(part.topo, "s1") >= 0);
    assert_int_equal(topo_find(part.topo, "r1h1"), -ENOENT);
    assert_int_equal(topo_find(part.topo, "tor1"), -ENOENT);
    /* not the cable between spines */
    assert_int_equal(topo_links(part.topo), 4);
    assert_string_equal(
        topo_node(part.topo, (uint32_t)topo_find(part.topo, "r2h2"))->rack,
        "tor2");
    /* what is said of another rack's switch does not belong here; what is said
     * of a node that is on no map does */
    assert_int_equal(part.warnings, 2);
    assert_string_equal(part.warning[0].text, "two");
    assert_string_equal(part.warning[1].text, "nine");
    text = counts(part.topo);
    assert_string_equal(text, "1 rack, 2 hosts, 3 switches, 4 cables");
    free(text);
    topo_map_dispose(&part);
    topo_map_dispose(&m);
}

static void count_of_all(void **state)
{
    struct topo_map m;
    struct topo *none = topo_new();
    char *text;

    map_make(&m);
    text = counts(m.topo);
    assert_string_equal(text, "2 racks, 5 hosts, 4 switches, 9 cables");
    free(text);
    text = counts(none);
    assert_string_equal(text, "nothing");
    free(text);
    topo_free(none);
    topo_map_dispose(&m);
}

static char *drawing(const struct topo *t, const struct topo_svg *look)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    assert_int_equal(topo_write_svg(t, look, f), 0);
    fclose(f);
    assert_int_equal(strlen(text), len);
    return text;
}

/* Names may have anything but be empty. */
static const char *const names[] = {
    "<script>alert(1)</script>",
    "a&b\"c'd",
    "\x1b[2J\xff\xfe\n",
    "]]>",
    "\xef\xbf\xbf\xef\xbf\xbe",
    "-->",
    "&#0;",
    "x",
};

static void hostile(void **state)
{
    struct topo *t = topo_new();
    struct topo_svg look = { .ports = true, .taken = "<now>" };
    char longest[5000], *text;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint32_t tor = add(t, names[i], i % 2 ? TOPO_SEGMENT : TOPO_SWITCH);
        char host[64];

        snprintf(host, sizeof host, "h%s", names[i]);
        assert_true(link_nodes(t, add(t, host, TOPO_HOST), tor) >= 0);
    }
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    add(t, longest, TOPO_HOST);
    memset(longest, '\xe3', sizeof longest - 1);
    add(t, longest, TOPO_HOST);
    assert_int_equal(topo_derive_racks(t), 0);
    text = drawing(t, &look);
    assert_null(strstr(text, "<script"));
    assert_null(strstr(text, "<now"));
    assert_null(strstr(text, "]]>"));
    assert_null(strchr(text, '\x1b'));
    assert_null(strstr(text, "\xef\xbf\xbf"));
    assert_null(strstr(text, "nan"));
    free(text);
    topo_free(t);
}

/* Nothing, and one node, make a sheet as well. */
static void least(void **state)
{
    struct topo_svg look = { .host = NULL };
    struct topo *t = topo_new();
    char *text = drawing(t, &look);

    assert_non_null(strstr(text, ">nothing<"));
    free(text);
    add(t, "h1", TOPO_HOST);
    text = drawing(t, &look);
    assert_non_null(strstr(text, ">1 host<"));
    assert_non_null(strstr(text, ">hosts on no known switch<"));
    free(text);
    topo_free(t);
}

/* Numbers that contradict each other stay inside their bar. */
static void states(void **state)
{
    struct topo_svg_host host[4] = { { "up", 3, 900, 300 },
                                     { "up", 0, -5, 100 },
                                     { NULL, 0, 0, 0 },
                                     { "unreachable", 0, 0, -1 } };
    struct topo_svg look = { .host = host };
    struct topo *t = topo_new();
    char *text;

    for (int i = 0; i < 4; i++)
        add(t, (const char *const[]){ "a", "b", "c", "d" }[i], TOPO_HOST);
    text = drawing(t, &look);
    assert_non_null(strstr(text, ">100%<"));
    assert_non_null(strstr(text, ">not known<"));
    assert_non_null(strstr(text, ">unreachable<"));
    assert_non_null(strstr(text, "1 host is not up"));
    assert_null(strstr(text, "width=\"-"));
    free(text);
    topo_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(part_of_rack), cmocka_unit_test(count_of_all),
        cmocka_unit_test(hostile),      cmocka_unit_test(least),
        cmocka_unit_test(states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
