/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tests the load of links, from two looks at the counters of their ports:
 * what grew, wrapped, was reset, or is missing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "tools/base/file.h"
#include "tools/base/msg.h"
#include "tools/cluster/link_load.h"
#include "topology/load.h"
#include "topology/source.h"

#define S     1000   /* ms */
#define MBPS  125000 /* bytes a second */
#define NONE  TOPO_UNKNOWN
#define BEGAN 12345 /* a time of ifCounterDiscontinuityTime */

static void two_looks(void **state)
{
    static const struct {
        const char *what;
        struct topo_look then, now; /* clock, received, sent, discontinuity */
        int64_t passed, speed;
        double load;
    } cases[] = {
        { .what = "100 Mbit/s received, 40 sent",
          .then = { 5 * S, 0, 0, 0 },
          .now = { 15 * S, 1000 * MBPS, 400 * MBPS, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = 100 },
        { .what = "more is sent",
          .then = { 5 * S, 7, 9, 0 },
          .now = { 15 * S, 7, 9 + 2500 * MBPS, 0 },
          .passed = 10 * S,
          .speed = 1000,
          .load = 250 },
        { .what = "idle is known to be idle",
          .then = { 5 * S, 7, 9, 0 },
          .now = { 15 * S, 7, 9, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = 0 },
        { .what = "a counter wrapped",
          .then = { 5 * S, -1000, 5, 0 },
          .now = { 15 * S, 1000 * MBPS - 1000, 5, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = 100 },
        { .what = "over the middle of 64 bits",
          .then = { 5 * S, INT64_MAX, 5, 0 },
          .now = { 15 * S, INT64_MIN + 1000 * MBPS - 1, 5, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = 100 },
        { .what = "a reset that no clock shows: counters went back",
          .then = { 5 * S, 9000 * MBPS, 9000 * MBPS, 0 },
          .now = { 15 * S, 10 * MBPS, 10 * MBPS, 0 },
          .passed = NONE,
          .speed = NONE,
          .load = NONE },
        { .what = "one direction was reset: it may be the busier one",
          .then = { 5 * S, 9000 * MBPS, 0, 0 },
          .now = { 15 * S, 10 * MBPS, 300 * MBPS, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = NONE },
        { .what = "the node was started anew",
          .then = { 500 * S, 0, 0, 0 },
          .now = { 15 * S, 1000 * MBPS, 0, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = NONE },
        { .what = "anew, and has been up for longer than before",
          .then = { 5 * S, 0, 0, 0 },
          .now = { 65 * S, 1000 * MBPS, 0, 0 },
          .passed = 600 * S,
          .speed = 1000,
          .load = NONE },
        { .what = "the module was changed",
          .then = { 5 * S, 0, 0, 0 },
          .now = { 15 * S, 1000 * MBPS, 0, BEGAN },
          .passed = NONE,
          .speed = 1000,
          .load = NONE },
        { .what = "the counters began before both looks",
          .then = { 500 * S, 0, 0, BEGAN },
          .now = { 510 * S, 1000 * MBPS, 0, BEGAN },
          .passed = 11 * S,
          .speed = 1000,
          .load = 100 },
        { .what = "sent bytes are not told",
          .then = { 5 * S, 0, NONE, 0 },
          .now = { 15 * S, 1000 * MBPS, NONE, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = 100 },
        { .what = "no counters",
          .then = { 5 * S, NONE, NONE, 0 },
          .now = { 15 * S, NONE, NONE, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = NONE },
        { .what = "the counters came later",
          .then = { 5 * S, NONE, NONE, 0 },
          .now = { 15 * S, 9, 9, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = NONE },
        { .what = "no clock",
          .then = { 0, 0, 0, 0 },
          .now = { 0, 1000 * MBPS, 0, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = NONE },
        { .what = "the same look twice",
          .then = { 5 * S, 0, 0, 0 },
          .now = { 5 * S, 0, 0, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = NONE },
        { .what = "looks that are two days apart",
          .then = { 5 * S, 0, 0, 0 },
          .now = { 172805 * S, 9, 9, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = NONE },
        { .what = "somewhat over the speed, by a late answer",
          .then = { 5 * S, 0, 0, 0 },
          .now = { 15 * S, 11000l * MBPS, 0, 0 },
          .passed = NONE,
          .speed = 1000,
          .load = 1000 },
        { .what = "the speed is not known",
          .then = { 5 * S, 0, 0, 0 },
          .now = { 15 * S, 110000l * MBPS, 0, 0 },
          .passed = NONE,
          .speed = NONE,
          .load = 11000 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double load = topo_load(&cases[i].then, &cases[i].now, cases[i].passed,
                                cases[i].speed);

        if (load < cases[i].load - 0.01 || load > cases[i].load + 0.01)
            fail_msg("%s: %g, not %g", cases[i].what, load, cases[i].load);
    }
}

/* --- from walks and facts to links ----------------------------------------- */

/* h1 eth0 on tor1 e1; what each counts, of the switch as the text of values. */
static void look(struct views *v, const char *uptime, const char *in,
                 const char *out, int64_t host_clock, int64_t host_tx)
{
    struct topo_view *sw, *h;
    struct topo_neighbor *n;
    struct msg err;
    char walk[2000];

    views_init(v);
    sw = views_add(v, "tor1");
    sw->is_switch = sw->role_known = true;
    snprintf(walk, sizeof walk,
             ".1.3.6.1.2.1.1.3.0 = Timeticks: (%s) 0:00:00.00\n"
             ".1.0.8802.1.1.2.1.3.1.0 = INTEGER: 4\n"
             ".1.0.8802.1.1.2.1.3.2.0 = Hex-STRING: 02 AA 00 00 00 01\n"
             ".1.3.6.1.2.1.31.1.1.1.1.1 = STRING: e1\n"
             ".1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: %s\n"
             ".1.3.6.1.2.1.31.1.1.1.10.1 = Counter64: %s\n"
             ".1.3.6.1.2.1.31.1.1.1.15.1 = Gauge32: 10000\n",
             uptime, in, out);
    assert_int_equal(topo_snmptext_parse(sw, "tor1", walk, strlen(walk), &err),
                     0);
    h = views_add(v, "h1");
    h->role_known = h->has_table = true;
    h->clock_ms = host_clock;
    topo_view_port(h, "eth0")->tx_bytes = host_tx;
    n = topo_view_neighbor(h, "eth0", 4);
    topo_id_text(h, &n->chassis, "mac", "02:aa:00:00:00:01", 17);
    topo_id_text(h, &n->port_id, "ifname", "e1", 2);
    assert_int_equal(views_merge(v, NULL, &err), 0);
    assert_int_equal(topo_links(v->map.topo), 1);
}

static void check_load(const struct views *v, double mbps)
{
    const struct topo_link *l = topo_link(v->map.topo, 0);

    assert_int_equal(l->load_known, mbps >= 0);
    if (mbps >= 0)
        assert_true(l->load_mbps > mbps - 0.01 && l->load_mbps < mbps + 0.01);
}

static void between_captures(void **state)
{
    static const struct {
        const char *then[3], *now[3]; /* uptime, received, sent */
        int64_t host_clock, host_tx;  /* 10 s earlier: 10000, 0 */
        double mbps;
    } cases[] = {
        { { "1000", "5", "5" }, { "2000", "5", "125000005" }, 0, 0, 100 },
        { { "1000", "18446744073709551000", "5" },
          { "2000", "249999384", "5" },
          0,
          0,
          200 },
        { { "1000", "9300000000000000000", "5" },
          { "2000", "9300000000250000000", "5" },
          0,
          0,
          200 },
        /* the switch was started anew: the host knows */
        { { "1000", "5", "5" },
          { "500", "5", "125000005" },
          20000,
          500 * MBPS,
          50 },
        /* both know: the greater */
        { { "1000", "5", "5" },
          { "2000", "5", "125000005" },
          20000,
          500 * MBPS,
          100 },
        { { "1000", "5", "5" }, { "500", "5", "125000005" }, 0, 0, -1 },
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct views then, now;

        look(&then, cases[i].then[0], cases[i].then[1], cases[i].then[2],
             10000, 0);
        look(&now, cases[i].now[0], cases[i].now[1], cases[i].now[2],
             cases[i].host_clock, cases[i].host_tx);
        check_load(&now, -1);
        assert_int_equal(link_load_between(&now, &then), 0);
        check_load(&now, cases[i].mbps);
        views_dispose(&then);
        views_dispose(&now);
    }
}

/* The state: one look is not enough, and the next one finds the first. */
static void remembered(void **state)
{
    static const char odd[] = "1\nx\ntor1\te1\t1\n\t\t\t\n";
    char *dir = tmpdir_make("load"), path[300], *text;
    struct views v;
    size_t len;

    setenv("RACKHOP_STATE_DIR", dir, 1);
    snprintf(path, sizeof path, "%s/counters", dir);
    look(&v, "1000", "5", "5", 10000, 0);
    assert_int_equal(link_load_seen(&v), 0);
    check_load(&v, -1);
    views_dispose(&v);
    /* soon after: the first look stays, as the longer time tells more */
    for (int s = 1; s < 3; s++) {
        char ticks[16], sent[16];

        snprintf(ticks, sizeof ticks, "%d", 1000 + 200 * s);
        snprintf(sent, sizeof sent, "%d", 5 + 200 * s * MBPS);
        look(&v, ticks, "5", sent, 0, 0);
        assert_int_equal(link_load_seen(&v), 0);
        check_load(&v, 100);
        views_dispose(&v);
    }
    text = file_read(path, 1000, &len);
    assert_non_null(strstr(text, "tor1\te1\t10000\t5\t5\t0\n"));
    free(text);
    /* what is no state is none, and is replaced */
    assert_int_equal(file_replace(path, odd, strlen(odd)), 0);
    look(&v, "1000", "5", "5", 10000, 0);
    assert_int_equal(link_load_seen(&v), 0);
    check_load(&v, -1);
    views_dispose(&v);
    text = file_read(path, 1000, &len);
    assert_non_null(strstr(text, "h1\teth0\t10000\t-1\t0\t0\n"));
    free(text);
    unsetenv("RACKHOP_STATE_DIR");
    tmpdir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_looks),
        cmocka_unit_test(between_captures),
        cmocka_unit_test(remembered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
