/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the loops remember of hosts and guests that are not there at a look: when
 * the clock is set, and when a guest comes up elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/daemon/decide.h"
#include "tools/doc/snapshot.h"

enum { GUESTS = 3 };

struct world {
    struct snapshot snap;
    struct sight sight;
};

static void world_tell(void *arg, const char *text)
{
    fail_msg("%s", text);
}

/* Guest i is on the host of that digit; or absent, at a dash. */
static void world_of(struct world *w, const char *hosts, const char *at)
{
    const struct snapshot_problems problems = { world_tell, NULL };
    const char *comma = "";
    struct msg err = MSG_NONE;
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    fprintf(f, "{\"format\":\"rackhop-snapshot/1\",\"topology\":{\"nodes\":[],"
               "\"links\":[]},\"hosts\":[");
    for (const char *h = hosts; *h; h++)
        fprintf(f,
                "%s{\"name\":\"h%c\",\"state\":\"up\",\"memory_mib\":8192,"
                "\"reserved_mib\":512,\"cpus\":4}",
                h == hosts ? "" : ",", *h);
    fprintf(f, "],\"domains\":[");
    for (int g = 0; g < GUESTS; g++) {
        if (at[g] == '-')
            continue;
        fprintf(f,
                "%s{\"uuid\":\"00000000-0000-0000-0000-00000000000%d\","
                "\"name\":\"g%d\",\"host\":\"h%c\",\"type\":\"pvh\","
                "\"memory_mib\":64,\"vcpus\":1,\"cpu_used\":0.1}",
                comma, g, g, at[g]);
        comma = ",";
    }
    fprintf(f, "]}");
    assert_int_equal(fclose(f), 0);
    assert_int_equal(
        snapshot_parse(&w->snap, "test", text, len, NULL, &problems, &err), 0);
    assert_int_equal(sight_parse(&w->sight, w->snap.cluster, text, len, &err),
                     0);
    free(text);
}

static void world_dispose(struct world *w)
{
    sight_dispose(&w->sight);
    snapshot_dispose(&w->snap);
}

/* What is written takes the place of what was read. */
static void state_again(struct loops_state *s, char *text)
{
    struct msg err;

    assert_non_null(text);
    loops_state_dispose(s);
    assert_int_equal(loops_state_parse(s, text, strlen(text), &err), 0);
    free(text);
}

/* One look, as rackhopd has it; kept_r: the guest of that number of the cluster, as
 * loops that act remember it then. */
static void look(struct loops_state *s, const char *hosts, const char *at,
                 double now_s, uint32_t guest, struct loop_kept_guest *kept_r)
{
    struct loops_doc doc = { .wish = NULL };
    struct loop_policy p;
    struct config conf;
    struct decide d;
    struct world w;

    world_of(&w, hosts, at);
    config_init(&conf);
    loop_policy_init(&p);
    d = (struct decide){ .conf = &conf,
                         .policy = &p,
                         .cluster = w.snap.cluster,
                         .sight = &w.sight,
                         .state = s,
                         .now_s = now_s,
                         .gap_s = 240,
                         .doc = &doc };
    assert_int_equal(decide_look(&d), 0);
    state_again(s, loops_state_format(s, w.snap.cluster, d.kept));
    if (kept_r)
        *kept_r = d.kept[LOOPS_ACTING].guest[guest];
    decide_dispose(&d);
    loops_doc_dispose(&doc);
    config_dispose(&conf);
    world_dispose(&w);
}

/* Who leaves a host by another's hand rests, whether the host that it left answers or
 * not, and was absent for a look or not; and does not return there at once. */
static void who_left_a_silent_host_rests(void **state)
{
    static const struct {
        const char *hosts[3], *at[3];
        bool moved, left;
    } row[] = {
        { { "12", "12", "12" }, { "111", "211", "211" }, true, true },
        { { "12", "2", "12" }, { "111", "2--", "211" }, true, true },
        { { "12", "2", "12" }, { "111", "---", "211" }, true, true },
        { { "12", "2", "2" }, { "111", "---", "2--" }, true, false },
        { { "12", "2", "12" }, { "111", "---", "111" }, false, false },
        { { "2", "12", "12" }, { "---", "211", "211" }, false, false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct loop_kept_guest g;
        struct loops_state s;
        bool left = false;

        loops_state_init(&s);
        for (int k = 0; k < 3; k++)
            look(&s, row[i].hosts[k], row[i].at[k], 1000 + 60 * k, 0,
                 k == 2 ? &g : NULL);
        for (int k = 0; k < LOOP_LEFT; k++)
            left |= g.left[k] == 0 && g.left_s[k] > 1059;
        if (isfinite(g.moved_s) != row[i].moved || left != row[i].left)
            fail_msg("row %zu: moved at %f, %d", i, g.moved_s, left);
        if (row[i].moved && !(g.moved_s > 1059 && g.moved_s < 1121))
            fail_msg("row %zu: moved at %f", i, g.moved_s);
        loops_state_dispose(&s);
    }
}

/* The moments of one member of a list of a side, all of them. */
static double moment(const struct loops_state *s, const char *list,
                     const char *name, const char *of, const char *key)
{
    const struct json *side = json_get(json_root(s->doc), "acting");

    JSON_FOREACH(v, json_get(side, list))
        if (!strcmp(
                json_get_str(v, !strcmp(list, "hosts") ? "name" : "uuid", ""),
                name)) {
            const struct json *o = of ? json_get(v, of) : v;

            if (o && o->type == JSON_ARR)
                o = o->child;
            return json_get_num(o, key, -1);
        }
    fail_msg("%s is not remembered", name);
    return 0;
}

static int remembered(const struct loops_state *s, const char *list)
{
    int n = 0;

    JSON_FOREACH(v, json_get(json_get(json_root(s->doc), "acting"), list))
        n++;
    return n;
}

/* The clock is set while hosts and guests are silent, once and again, and between
 * looks that decide nothing: their moments mean what they meant, and what is no
 * moment stays. They are forgotten after a day by that clock. */
static void the_clock_is_set_for_all(void **state)
{
    static const char text[] =
        "{\"format\":\"rackhop-loops-state/1\",\"boot\":\"\",\"run\":\"\","
        "\"advised\":\"\",\"acting\":{\"looked\":true,\"last_s\":100000,"
        "\"hosts\":[{\"name\":\"h8\",\"seen_s\":99000,\"woken_s\":98000,"
        "\"over_s\":null,\"boot_from_s\":97000,\"boots_s\":[180,-1,-1,-1]}],"
        "\"guests\":[{\"uuid\":\"u8\",\"seen_s\":99000,\"host\":\"h8\","
        "\"moved_s\":98500,\"grew_was\":7,\"starved_s\":null,\"left\":["
        "{\"host\":\"h7\",\"at_s\":98500}],\"day\":{\"at_s\":99000,"
        "\"mean\":1}},{\"uuid\":\"00000000-0000-0000-0000-000000000000\","
        "\"host\":\"h1\",\"mean\":1,\"var\":1,\"seen_s\":99950,\"left\":["
        "{\"host\":\"h7\",\"at_s\":99900}]}]}}";
    static const double by_s[] = { 3600, -200000, 0, 90000, 86400 };
    static const char g0[] = "00000000-0000-0000-0000-000000000000";
    double now_s = 100000, by = 0;
    struct loops_state s;
    struct msg err;

    (void)state;
    loops_state_init(&s);
    assert_int_equal(
        json_parse(&s.doc, "test", text, sizeof text - 1, NULL, NULL, &err),
        0);
    for (size_t i = 0; i < sizeof by_s / sizeof *by_s; i++) {
        s.shift_s += by_s[i];
        by += by_s[i];
        now_s += by_s[i] + 60;
        if (i == 1) { /* a look that decides nothing */
            state_again(&s, loops_state_again(&s));
            continue;
        }
        look(&s, "12", "111", now_s, 0, NULL);
        assert_true(fabs(s.shift_s) < 1e-9);
#define IS(then_, ...)                                                        \
    assert_true(fabs(moment(&s, __VA_ARGS__) - (then_)-by) < 1e-3)
        IS(99000, "hosts", "h8", NULL, "seen_s");
        IS(98000, "hosts", "h8", NULL, "woken_s");
        IS(97000, "hosts", "h8", NULL, "boot_from_s");
        IS(-1 - by, "hosts", "h8", NULL, "over_s"); /* null yet */
        IS(99000, "guests", "u8", NULL, "seen_s");
        IS(98500, "guests", "u8", NULL, "moved_s");
        IS(7 - by, "guests", "u8", NULL, "grew_was");
        IS(-1 - by, "guests", "u8", NULL, "starved_s");
        IS(98500, "guests", "u8", "left", "at_s");
        IS(99000, "guests", "u8", "day", "at_s");
        IS(1 - by, "guests", "u8", "day", "mean");
        IS(99900, "guests", g0, "left", "at_s");
#undef IS
    }
    now_s += 86400;
    look(&s, "12", "111", now_s, 0, NULL);
    assert_int_equal(remembered(&s, "hosts"), 2);
    assert_int_equal(remembered(&s, "guests"), 3);
    loops_state_dispose(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_left_a_silent_host_rests),
        cmocka_unit_test(the_clock_is_set_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
