/* SPDX-License-Identifier: LGPL-2.1-only */
/* Many commands at once: how many, and what is counted of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tools/cluster/collect.h"
#include "tools/remote/gather.h"

static size_t told_ended, told_answered;

static void on_told(void *arg, size_t ended)
{
    const struct gather *g = arg;

    told_ended = ended;
    told_answered = g->answered;
}

static void test_answered(void **state)
{
    static const char *const command[] = { "true", "exit 3", "true", "true" };
    struct gather_job job[4];
    struct gather g = { .job = job,
                        .n = 4,
                        .at_once = 2,
                        .timeout_ms = 20000,
                        .told = on_told,
                        .arg = &g };

    memset(job, 0, sizeof job);
    for (int i = 0; i < 4; i++)
        job[i].command = strdup(command[i]);
    gather_run(&g);
    assert_int_equal(told_ended, 4);
    assert_int_equal(told_answered, 3);
    gather_dispose(job, 4);
}

static rlim_t files(void)
{
    struct rlimit r;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &r), 0);
    return r.rlim_cur;
}

static void set_files(rlim_t now, rlim_t most)
{
    const struct rlimit r = { now, most };

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &r), 0);
}

/* The limit of files only goes down here. */
static void test_at_once(void **state)
{
    set_files(500, 4096);
    assert_int_equal(gather_at_once(0), 64);
    assert_int_equal(gather_at_once(192), 64);
    assert_int_equal(files(), 500);
    assert_int_equal(gather_at_once(1000), 334);
    assert_true(files() >= 2 * 3 * 334 && files() < 4096);
    assert_int_equal(gather_at_once(100000), 512);
    assert_int_equal(collect_level_ms(0), COLLECT_SAMPLE_LEVEL_MS);
    assert_int_equal(collect_level_ms(1000), COLLECT_SAMPLE_LEVEL_MS);
    assert_int_equal(collect_level_ms(3000), 2500);
    assert_int_equal(collect_level_ms(10000), 750);
    assert_int_equal(collect_level_ms(1000000), COLLECT_SAMPLE_MS);
    set_files(600, 1000);
    assert_int_equal(gather_at_once(100000), (1000 - 128) / 6);
    assert_int_equal(files(), 1000);
    set_files(100, 100); /* who has so few has hosts that fail, as ever */
    assert_int_equal(gather_at_once(100000), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answered),
        cmocka_unit_test(test_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
