/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tests the report of a long run between as many hosts.
 *
 * What must not happen is a search of all hosts, or of all moves, for each move.
 * Time would tell that on a quiet machine only, so comparisons are counted: the
 * linker lets strcmp() of the whole program pass through here.
 */
#include "tools/doc/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/view/reportview.h"

enum { MOVES = 2000, EACH = 500 };

int __real_strcmp(const char *a, const char *b);
int __wrap_strcmp(const char *a, const char *b);

static uint64_t compared;

int __wrap_strcmp(const char *a, const char *b)
{
    compared++;
    return __real_strcmp(a, b);
}

static char *numbered(char kind, uint32_t n)
{
    char name[20];

    snprintf(name, sizeof name, "%c%u", kind, n);
    return strdup(name);
}

/* Each waits for the one before it, and every other one fails. */
static void long_run(struct run *r)
{
    *r = (struct run){ .state = RUN_ENDED };
    strcpy(r->goal, "drain");
    for (uint32_t i = 0; i < MOVES; i++) {
        assert_int_equal(run_grow(r), 0);
        r->move[r->move_n++] = (struct run_move){
            .uuid = numbered('u', i),
            .name = numbered('v', i),
            .from = numbered('h', 2 * i),
            .to = numbered('h', 2 * i + 1),
            .gib = 1,
            .start_s = i,
            .seconds = 1,
            .rate_mbps = 1000,
            .state = i % 2 ? MOVE_DONE : MOVE_FAILED,
            .attempt = 1,
            .began = 1795000000 + i,
            .ended = 1795000001 + i,
            .bytes = 1e9,
            .took_s = 1,
            .stopped_ms = 40,
            .after = calloc(1, sizeof *r->move->after),
        };
        if (i) {
            *r->move[i].after = i - 1;
            r->move[i].after_n = 1;
        }
    }
}

static void long_runs_are_reported(void **state)
{
    struct report r;
    struct run run;
    struct msg err;
    char *text = NULL;
    size_t len;
    FILE *f;

    (void)state;
    long_run(&run);
    compared = 0;
    assert_int_equal(report_of_run(&r, &run, false, NULL, &err), 0);
    assert_int_equal(r.chain_n, MOVES);
    assert_int_equal(r.link_n, 2 * MOVES);
    assert_int_equal(r.trouble_n, MOVES / 2);
    assert_in_range(compared, 1, EACH * MOVES);
    f = open_memstream(&text, &len);
    compared = 0;
    reportview_html(f, &r);
    assert_in_range(compared, 1, EACH * MOVES);
    fclose(f);
    assert_non_null(strstr(text, "v1999"));
    free(text);
    report_dispose(&r);
    run_dispose(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_runs_are_reported),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
