/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a move says of itself: lines as they are, lines that lie, and streams
 * that come in any pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run/moveline.h"

static const struct {
    const char *text;
    int rc;
    enum moveline_event event;
    int64_t bytes;
    const char *said;
} rows[] = {
    { "{\"event\":\"progress\",\"t_s\":1,\"bytes\":4096}", 0,
      MOVELINE_PROGRESS, 4096, "" },
    { "{\"event\":\"round\",\"bytes\":1,\"dirty_pages\":null}", 0,
      MOVELINE_ROUND, 1, "" },
    { "{\"event\":\"end\",\"bytes\":9,\"error\":\"no\\u001b[2Jway\"}", 0,
      MOVELINE_END, 9, "no?[2Jway" },
    { "{\"event\":\"note\",\"text\":\"it\\u0007 stays\"}", 0, MOVELINE_NOTE,
      -1, "it? stays" },
    { "{\"event\":\"copied\",\"bytes\":7}", 0, MOVELINE_COPIED, 7, "" },
    { "{\"event\":\"held\",\"t_s\":0}", 0, MOVELINE_HELD, -1, "" },
    { "{\"event\":\"later\"}", 0, MOVELINE_OTHER, -1, "" },
    { "{\"event\":\"end\",\"bytes\":-5}", 0, MOVELINE_END, -1, "" },
    { "{\"event\":\"end\",\"bytes\":1e300}", 0, MOVELINE_END, -1, "" },
    { "{\"event\":\"end\",\"bytes\":\"many\"}", 0, MOVELINE_END, -1, "" },
    { "{\"event\":7}", -22, MOVELINE_OTHER, -1, "" },
    { "[1,2]", -22, MOVELINE_OTHER, -1, "" },
    { "no json", -22, MOVELINE_OTHER, 0, "" },
    { "", -22, MOVELINE_OTHER, 0, "" },
    { "{\"event\":\"end\",\"a\":[[[[[[[[1]]]]]]]]}", -22, MOVELINE_OTHER, 0,
      "" },
};

static void test_lines(void **state)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct moveline m;

        assert_int_equal(
            moveline_parse(&m, rows[i].text, strlen(rows[i].text)),
            rows[i].rc);
        assert_int_equal(m.event, rows[i].event);
        assert_int_equal(m.bytes, rows[i].bytes);
        assert_string_equal(m.text, rows[i].said);
    }
}

/* What others have not said, or can't be, is not known. */
static void test_last_copy(void **state)
{
    static const struct {
        const char *parts;
        double ms;
    } table[] = { { ",\"downtime_parts_ms\":{\"last_copy\":89.5}", 89.5 },
                  { ",\"downtime_parts_ms\":{\"last_copy\":null}", -1 },
                  { ",\"downtime_parts_ms\":{\"last_copy\":-3}", -1 },
                  { ",\"downtime_parts_ms\":[89.5]", -1 },
                  { ",\"last_copy\":89.5", -1 },
                  { "", -1 } };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct moveline m;
        char text[128];

        snprintf(text, sizeof text, "{\"event\":\"end\"%s}", table[i].parts);
        assert_int_equal(moveline_parse(&m, text, strlen(text)), 0);
        assert_true(m.last_copy_ms == table[i].ms);
    }
}

struct heard {
    char text[256];
    unsigned lines;
};

static void hear(void *arg, const char *text, size_t len)
{
    struct heard *h = arg;

    h->lines++;
    if (len < 100) {
        strncat(h->text, text, len);
        strcat(h->text, "|");
    }
}

static void feed(struct moveline_buffer *b, struct heard *h, const char *text,
                 size_t len, size_t piece)
{
    while (len) {
        size_t room, n = piece < len ? piece : len;
        char *to = moveline_room(b, &room);

        assert_non_null(to);
        assert_true(room > 0);
        n = n < room ? n : room;
        memcpy(to, text, n);
        moveline_feed(b, n, hear, h);
        text += n;
        len -= n;
    }
}

static void test_pieces(void **state)
{
    static const char text[] = "one\n\ntwo\nthree\nno end";

    for (size_t piece = 1; piece < sizeof text; piece++) {
        struct moveline_buffer b = { .text = NULL };
        struct heard h = { .lines = 0 };

        feed(&b, &h, text, sizeof text - 1, piece);
        assert_string_equal(h.text, "one|two|three|");
        moveline_buffer_dispose(&b);
    }
}

/* A line that never ends costs no memory, and the next one is read. */
static void test_endless(void **state)
{
    struct moveline_buffer b = { .text = NULL };
    struct heard h = { .lines = 0 };
    char *much = malloc(5 * MOVELINE_MAX);

    assert_non_null(much);
    memset(much, 'x', 5 * MOVELINE_MAX);
    feed(&b, &h, much, 5 * MOVELINE_MAX, 5000);
    feed(&b, &h, "x\nshort\n", 8, 3);
    assert_int_equal(h.lines, 1);
    assert_string_equal(h.text, "short|");
    free(much);
    moveline_buffer_dispose(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_last_copy),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_endless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
