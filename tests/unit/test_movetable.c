/* SPDX-License-Identifier: LGPL-2.1-only */
/* Plans that are more than a screen, and the chart of their moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/view/timeline.h"

enum { HOSTS = 40, MOVES = 545 };

static char name[2 * HOSTS][8], rack[5][8];
static struct move_row row[MOVES];

/* 40 hosts of one rack send to 40 of four others, one move after the other
 * each second. */
static void fill(void)
{
    for (int i = 0; i < 2 * HOSTS; i++)
        snprintf(name[i], sizeof name[i], "h%d", i);
    for (int i = 0; i < 5; i++)
        snprintf(rack[i], sizeof rack[i], "r%d", i);
    for (int i = 0; i < MOVES; i++)
        row[i] = (struct move_row){
            .id = i + 1,
            .guest = "g",
            .from = name[i % HOSTS],
            .from_rack = rack[0],
            .to = name[HOSTS + i % HOSTS],
            .to_rack = rack[1 + i % HOSTS / 10],
            .gib = 1,
            .start_s = i,
            .seconds = 1,
            .downtime_ms = i == 17 ? 300 : 40,
        };
}

static char *shown(size_t moves, size_t rows, bool wide)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    movetable_show(f, row, moves, rows,
                   (struct table_look){ 80, wide, false });
    fclose(f);
    return text;
}

static size_t lines(const char *text)
{
    size_t n = 0;

    for (; (text = strchr(text, '\n')); text++)
        n++;
    return n;
}

static const struct {
    size_t moves, rows;
    bool wide;
    const char *head;
    size_t lines; /* with the head and what follows */
} groups[] = {
    { 14, 14, false, "move ", 16 },  { 545, 3, false, "from rack ", 4 },
    { 12, 4, false, "to rack ", 5 }, { 545, 60, false, "from ", 43 },
    { 545, 0, false, "move ", 547 }, { 545, 14, true, "move ", 547 },
};

static void test_groups(void **state)
{
    fill();
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        char *text = shown(groups[i].moves, groups[i].rows, groups[i].wide);

        if (strncmp(text + strspn(text, " "), groups[i].head,
                    strlen(groups[i].head)))
            fail_msg("row %zu: %.40s", i, text);
        assert_int_equal(lines(text), groups[i].lines);
        free(text);
    }
}

/* All sources are of one rack, and more than a screen: the targets' racks. */
static void test_target_racks(void **state)
{
    char *text = shown(MOVES, 14, false);

    assert_string_equal(
        text,
        "to rack  guests      sends  from      begins at     ends at  longest "
        "downtime\n"
        "r1          140  140.0 GiB  10 hosts      0.0 s  8 min 50 s          "
        "   40 ms\n"
        "r2          140  140.0 GiB  10 hosts     10.0 s       9 min          "
        "  300 ms\n"
        "r3          135  135.0 GiB  10 hosts     20.0 s   9 min 5 s          "
        "   40 ms\n"
        "r4          130  130.0 GiB  10 hosts     30.0 s  8 min 40 s          "
        "   40 ms\n"
        "--wide lists each of the 545 moves\n\n");
    free(text);
}

static char *chart(size_t moves, size_t rows)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    timeline_show(f, row, moves, (double)moves, 80, rows);
    fclose(f);
    return text;
}

/* The marks of the row that begins with that name. */
static size_t marks(const char *text, const char *who, char what)
{
    char head[16];
    size_t n = 0;

    snprintf(head, sizeof head, "\n%s ", who);
    text = strstr(text, head);
    assert_non_null(text);
    for (text++; *text && *text != '\n'; text++)
        n += *text == what;
    return n;
}

/* Every move is in the chart: that of the last second as well. */
static void test_chart(void **state)
{
    char *text;

    fill();
    text = chart(MOVES, SIZE_MAX);
    for (int i = 0; i < HOSTS; i++) {
        assert_true(marks(text, name[i], '>') >= 13);
        assert_true(marks(text, name[HOSTS + i], '<') >= 13);
    }
    assert_null(strstr(text, "left out"));
    free(text);
    text = chart(MOVES, 10);
    assert_true(marks(text, "r0", '>') > 70);
    free(text);
    text = chart(MOVES, 2);
    assert_non_null(strstr(text, "3 racks that only receive are left out"));
    free(text);
    for (int i = 0; i < MOVES; i++)
        row[i].to_rack = row[i].from_rack;
    text = chart(MOVES, 10);
    assert_non_null(strstr(text, "70 hosts and 405 moves that begin there"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_target_racks),
        cmocka_unit_test(test_chart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
