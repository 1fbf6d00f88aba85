/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reports: what they keep of a run and of a plan, and that a page has nothing
 * in it but its own tags. RACKHOP_PAGE=FILE writes the page of the run. */
#include "tools/doc/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/base/file.h"
#include "tools/view/html.h"
#include "tools/view/report_words.h"
#include "tools/view/reportview.h"
#include "tests/lib/tmpdir.h"

#define HOSTILE "a<b>&\"'\x1b[31m\xff</style><script>alert(1)</script>"

static double const t0 = 1795000000;

static struct run_move *add(struct run *r, const char *name, double start,
                            double seconds, enum move_state state,
                            double began, double ended)
{
    struct run_move *m;

    assert_int_equal(run_grow(r), 0);
    m = &r->move[r->move_n++];
    *m = (struct run_move){
        .uuid = strdup(name),
        .name = strdup(name),
        .from = strdup(r->move_n % 2 ? "h1" : "h2"),
        .to = strdup("h3"),
        .gib = 4,
        .hops = 2,
        .start_s = start,
        .seconds = seconds,
        .rate_mbps = 1000,
        .downtime_ms = 80,
        .state = state,
        .attempt = 1,
        .began = began < 0 ? 0 : t0 + began,
        .ended = ended < 0 ? 0 : t0 + ended,
        .bytes = state == MOVE_DONE ? 4.5e9 : -1,
        .took_s = state == MOVE_DONE ? ended - began : -1,
        .stopped_ms = state == MOVE_DONE ? 40 : -1,
        .after = calloc(4, sizeof *m->after),
    };
    return m;
}

static void wait_for(struct run_move *m, uint32_t other)
{
    m->after[m->after_n++] = other;
}

/* A drain with a move that failed and was planned again, and one in doubt. */
static void example(struct run *r)
{
    struct run_move *m;

    *r = (struct run){ .state = RUN_ENDED, .code = RC_DOUBT };
    strcpy(r->name, "20261121-000000-0001");
    strcpy(r->goal, "drain");
    strcpy(r->executor, "admin");
    strcpy(r->started, "2026-11-21T00:00:00Z");
    strlist_add(&r->hosts, "h1");
    strlist_add(&r->hosts, "h2");
    r->makespan_s = 60;
    r->bound_s = 45;
    add(r, "web1", 0, 20, MOVE_DONE, 0, 25);
    m = add(r, "web2", 20, 20, MOVE_FAILED, 25, 30);
    wait_for(m, 0);
    strcpy(m->why, "the connection broke");
    m = add(r, "db1", 40, 20, MOVE_PLANNED, -1, -1);
    m->replaced = true;
    wait_for(m, 1);
    /* the second plan */
    m = add(r, "web2", 0, 20, MOVE_DONE, 35, 58);
    wait_for(m, 0);
    m = add(r, "db1", 20, 20, MOVE_DOUBT, 58, 70);
    wait_for(m, 2);
    wait_for(m, 3);
    strcpy(m->why, HOSTILE);
    add(r, HOSTILE, 21, 5, MOVE_SKIPPED, -1, -1);
}

static void run_is_kept(void **state)
{
    struct report r;
    struct run run;
    struct msg err;

    (void)state;
    example(&run);
    assert_int_equal(report_of_run(&r, &run, false, NULL, &err), 0);
    /* the replaced move is not shown, but ids stay those of the run */
    assert_int_equal(r.move_n, 5);
    assert_int_equal(r.replaced, 1);
    assert_int_equal(r.done, 2);
    assert_int_equal(r.move[2].id, 4);
    assert_int_equal(r.move[3].id, 5);
    /* the second plan begins when its first move did */
    assert_true(r.move[2].start_s == 35);
    assert_true(r.move[3].start_s == 55);
    assert_true(r.move[0].ended_s == 25);
    assert_true(r.span_s == 75);
    /* a move that is left out is not waited for */
    assert_int_equal(r.move[3].after_n, 1);
    assert_int_equal(r.move[3].after[0], 2);
    report_dispose(&r);
    run_dispose(&run);
}

static void chain_goes_back_from_the_last(void **state)
{
    struct report r;
    struct run run;
    struct msg err;

    (void)state;
    example(&run);
    run_cut(&run, 5);
    assert_int_equal(report_of_run(&r, &run, false, NULL, &err), 0);
    assert_int_equal(r.chain_n, 3);
    assert_int_equal(r.move[r.chain[0]].id, 1);
    assert_int_equal(r.move[r.chain[1]].id, 4);
    assert_int_equal(r.move[r.chain[2]].id, 5);
    report_dispose(&r);
    run_dispose(&run);
}

static void troubles_come_in_order(void **state)
{
    static const char *const want[] = { "in doubt", "failed", "skipped" };
    struct report r;
    struct run run;
    struct msg err;

    (void)state;
    example(&run);
    assert_int_equal(report_of_run(&r, &run, false, NULL, &err), 0);
    assert_int_equal(r.trouble_n, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(r.trouble[i].what, want[i]);
    assert_string_equal(r.trouble[1].text,
                        "h2 to h3: the connection broke; a later move of it "
                        "is done");
    report_dispose(&r);
    run_dispose(&run);
}

/* What a host sends is what its moves sent, spread over their time. */
static void links_add_up(void **state)
{
    double sum = 0;
    struct report r;
    struct run run;
    struct msg err;

    (void)state;
    example(&run);
    assert_int_equal(report_of_run(&r, &run, false, NULL, &err), 0);
    assert_int_equal(r.link_n, 3); /* h1 and h2 send, h3 receives */
    for (uint32_t i = 0; i < r.link_n; i++)
        if (r.link[i].to)
            for (int k = 0; k < REPORT_PARTS; k++)
                sum += r.link[i].measured[k] * r.span_s / REPORT_PARTS;
    assert_true(sum > 71999 && sum < 72001); /* 9e9 bytes in Mbit */
    report_dispose(&r);
    run_dispose(&run);
}

static char *page_of(const struct report *r)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    reportview_html(f, r);
    fclose(f);
    return text;
}

static void page_has_no_foreign_tag(void **state)
{
    const char *file = getenv("RACKHOP_PAGE");
    struct report r;
    struct run run;
    struct msg err;
    char *page;

    (void)state;
    example(&run);
    assert_int_equal(report_of_run(&r, &run, false, NULL, &err), 0);
    page = page_of(&r);
    assert_non_null(strstr(page, "a&lt;b&gt;&amp;&quot;&#39;?[31m"
                                 "\xef\xbf\xbd&lt;/style&gt;"));
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "<b>&\""));
    assert_null(strchr(page, '\x1b'));
    if (file)
        assert_int_equal(file_replace(file, page, strlen(page)), 0);
    free(page);
    report_dispose(&r);
    run_dispose(&run);
}

/* A run of which no move has begun, and one without moves. */
static void little_is_shown_as_well(void **state)
{
    struct report r;
    struct run run;
    struct msg err;

    (void)state;
    example(&run);
    for (uint32_t i = 0; i < run.move_n; i++) {
        run.move[i].state = MOVE_PLANNED;
        run.move[i].began = run.move[i].ended = 0;
        run.move[i].bytes = run.move[i].took_s = -1;
        run.move[i].stopped_ms = -1;
    }
    for (int k = 0; k < 2; k++) {
        assert_int_equal(report_of_run(&r, &run, true, NULL, &err), 0);
        free(page_of(&r));
        report_dispose(&r);
        run_cut(&run, 0);
    }
    run_dispose(&run);
}

static void amounts_are_words(void **state)
{
    char b[WORDS_SHOWN];

    (void)state;
    assert_string_equal(words_time(b, -1), "-");
    assert_string_equal(words_time(b, 34.58), "34.6 s");
    assert_string_equal(words_time(b, 99.94), "99.9 s");
    assert_string_equal(words_time(b, 99.96), "1 min 40 s");
    assert_string_equal(words_time(b, 575.4), "9 min 35 s");
    assert_string_equal(words_time(b, 3599.6), "1 h 0 min");
    assert_string_equal(words_pause(b, 86.4), "86 ms");
    assert_string_equal(words_pause(b, 34582), "34.6 s");
    assert_string_equal(words_gib(b, 13338.5), "13.0 TiB");
    assert_string_equal(words_gib(b, 0.25), "0.25 GiB");
    assert_string_equal(words_rate(b, 999.6), "1.0 Gbit/s");
    assert_string_equal(words_rate(b, 0), "0 Mbit/s");
}

static const char *const plan =
    "{\"format\":\"rackhop-plan/1\",\"goal\":{\"kind\":\"drain\",\"hosts\":"
    "[\"h1\"]},\"snapshot\":null,\"cost\":{\"total\":9},\"bound\":{\"total\":"
    "8},\"makespan_s\":10,\"makespan_bound_s\":9,\"moves\":[{\"id\":7,"
    "\"domain\":\"u\",\"name\":\"n\",\"from\":\"h1\",\"to\":\"h2\",\"gib\":1,"
    "\"hops\":2,\"cost\":3,\"start_s\":0,\"seconds\":10,\"rate_mbps\":1000,"
    "\"downtime_ms\":50,\"after\":[]}],\"stranded\":[{\"domain\":\"v\","
    "\"name\":\"stays\",\"reasons\":[{\"host\":\"h2\",\"rule\":\"memory\","
    "\"text\":\"too small\"},{\"host\":null,\"rule\":\"pinned\"}]}],"
    "\"infeasible\":null,\"remarks\":[\"odd\",5]}";

static void plan_is_kept(void **state)
{
    char *dir = tmpdir_make("report");
    char path[300];
    struct report r;
    struct msg err;

    (void)state;
    snprintf(path, sizeof path, "%s/p", dir);
    assert_int_equal(file_replace(path, plan, strlen(plan)), 0);
    assert_int_equal(report_of_plan(&r, path, NULL, &err), 0);
    assert_false(r.of_run);
    assert_int_equal(r.move_n, 1);
    assert_int_equal(r.move[0].id, 7);
    assert_true(r.bound == 8);
    assert_int_equal(r.trouble_n, 2);
    assert_string_equal(r.trouble[0].text,
                        "h2 (memory): too small; every host (pinned): ");
    report_dispose(&r);
    assert_int_equal(file_replace(path, "{}", 2), 0);
    assert_true(report_of_plan(&r, path, NULL, &err) < 0);
    assert_non_null(strstr(err.text, "format"));
    tmpdir_remove(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(run_is_kept),
        cmocka_unit_test(chain_goes_back_from_the_last),
        cmocka_unit_test(troubles_come_in_order),
        cmocka_unit_test(links_add_up),
        cmocka_unit_test(page_has_no_foreign_tag),
        cmocka_unit_test(little_is_shown_as_well),
        cmocka_unit_test(amounts_are_words),
        cmocka_unit_test(plan_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
