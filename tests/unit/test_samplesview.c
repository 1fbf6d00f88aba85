/* SPDX-License-Identifier: LGPL-2.1-only */
/* What `rackhop samples` shows, and what documents have of samples. */
#include "tools/view/samplesview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/tmpdir.h"
#include "tools/base/file.h"

enum { SLOTS = 600 };

static double ramp[SLOTS], gap[SLOTS];

static struct samples samples_of(void)
{
    struct samples s = { .from = 1800000000,
                         .step_s = 1,
                         .n = SLOTS,
                         .rows = 2,
                         .name = "web1\033",
                         .uuid = "u" };

    for (int i = 0; i < SLOTS; i++) {
        ramp[i] = i * 4.0 / SLOTS;
        gap[i] = i < SLOTS / 2 ? -1 : 0;
    }
    s.row[0] = (struct samples_row){ "cpu", "", 4,  2,    2,   3.8,
                                     3.96,  4,  24, ramp, NULL };
    s.row[1] =
        (struct samples_row){ "tx_bytes_s", "", 0,     12345678, 0.0001, 999.4,
                              999.6,        -1, -1234, gap,      gap };
    return s;
}

/* Runs `show` with stdout in a file; what it wrote, to be freed. */
static char *shown(void (*show)(const struct samples *s, int how), int how)
{
    char *dir = tmpdir_make("view"), path[300], *text;
    struct samples s = samples_of();
    int was = dup(STDOUT_FILENO);
    size_t len;

    snprintf(path, sizeof path, "%s/out", dir);
    fflush(stdout);
    assert_non_null(freopen(path, "we", stdout));
    show(&s, how);
    fflush(stdout);
    dup2(was, STDOUT_FILENO);
    close(was);
    text = file_read(path, 1 << 20, &len);
    assert_non_null(text);
    tmpdir_remove(dir);
    return text;
}

static void show_text(const struct samples *s, int how)
{
    samplesview_text(s, how & 1, how & 2 ? 200 : 80);
}

#define HEAD                                                                  \
    "web1?: 10 min back, in steps of 1 s\n"                                   \
    "                    now    mean  median     p95     max   trend/h\n"
#define CPU                                                                   \
    "cpu                4.00    2.00    2.00    3.80    4.00     +24.0  "
#define TX                                                                    \
    "tx_bytes_s            0   12.3M   <.001     999       -     -1234  "

static void test_text(void **state)
{
    char *text = shown(show_text, 0);

    assert_string_equal(text, HEAD CPU "__...::---==+++**###\n" TX
                                       "          __________\n");
    free(text);
    text = shown(show_text, 1);
    assert_string_equal(text, HEAD CPU "▁▁▂▂▂▃▃▄▄▄▅▅▆▆▆▇▇███\n" TX
                                       "          ▁▁▁▁▁▁▁▁▁▁\n");
    free(text);
    /* as wide as the terminal, and no wider than 120 */
    text = shown(show_text, 2);
    assert_int_equal(strlen(strstr(text, TX)), strlen(TX) + 120 + 1);
    free(text);
}

static void show_talks(const struct samples *s, int how)
{
    struct talks t = { .nft = how & 1, .ovs = how & 2, .pairs = (size_t)how };

    (void)s;
    samplesview_talks(&t);
}

/* An agent that is older does not say who counted: it was nftables. */
static void test_talks(void **state)
{
    static const char *const lines[] = {
        "what guests send each other is counted by nftables: 0 pairs of "
        "addresses\n",
        "what guests send each other is counted by nftables: 1 pair of "
        "addresses\n",
        "what guests send each other is counted by Open vSwitch: 2 pairs of "
        "addresses\n",
        "what guests send each other is counted by nftables and Open vSwitch: "
        "3 pairs of addresses\n",
    };

    (void)state;
    for (int how = 0; how < 4; how++) {
        char *text = shown(show_talks, how);

        assert_string_equal(text, lines[how]);
        free(text);
    }
}

static void show_json(const struct samples *s, int how)
{
    struct samples few = *s;

    few.n = 3;
    few.row[0].mean_of = ramp + 149;
    assert_int_equal(samplesview_json(&few), 0);
}

static void test_json(void **state)
{
    char *text = shown(show_json, 0);

    assert_string_equal(
        text,
        "{\"format\":\"rackhop-samples/1\",\"of\":\"guest\",\"name\":"
        "\"web1\\u001B\",\"uuid\":\"u\",\"from\":1800000000,\"step_s\":1,"
        "\"slots\":3,\"metrics\":{\"cpu\":{\"newest\":4,\"mean\":2,\"p50\":2,"
        "\"p95\":3.8,\"p99\":3.96,\"max\":4,\"trend_h\":24,\"means\":[0.9933,"
        "1,"
        "1.007]},\"tx_bytes_s\":{\"newest\":0,\"mean\":1.235e+07,\"p50\":0."
        "0001,"
        "\"p95\":999.4,\"p99\":999.6,\"max\":null,\"trend_h\":-1234,\"means\":"
        "["
        "null,null,null],\"maxima\":[null,null,null]}}}\n");
    free(text);
}

static void test_facts(void **state)
{
    struct samples_facts f = { .n = 0 };
    struct json_out *o = json_text_new(false);
    char *text;

    json_obj(o);
    samples_facts_write(o, &f);
    f.n = 2;
    f.age_s = 1;
    f.day_s = 7200;
    f.row[0] = (struct samples_brief){ "cpu", 0.5, 1, -1, -1, -1, -1, -1, 0 };
    f.row[1] = (struct samples_brief){ "steal", -1,  -1,  0.1,  0.2,
                                       0.3,     0.4, 0.5, -0.01 };
    samples_facts_write(o, &f);
    json_obj_end(o);
    text = json_text_free(o, NULL);
    assert_string_equal(
        text, "{\"samples\":{\"age_s\":1,\"day_s\":7200,\"cpu\":{\"mean_10m\":"
              "0.5,\"p95_10m\""
              ":1},\"steal\":{\"mean_day\":0.1,\"p50_day\":0.2,\"p95_day\":0.3"
              ",\"p99_day\":0.4,\"max_day\":0.5,\"trend_day\":-0.01}}}\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_talks),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_facts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
