/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tables for people: widths, names that lose their middle, folded words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "tools/view/table.h"

static const struct {
    const char *text;
    unsigned width;
    const char *cut;
} cuts[] = {
    { "web1", 10, "web1" },
    { "0123456789", 10, "0123456789" },
    { "customer-4711-database-primary-v397", 20, "customer-..mary-v397" },
    { "xen-prod-host-fra1-r17-u00", 11, "xen-p..-u00" },
    { "abcdef", 4, "a..f" },
    { "abcdef", 3, "abcdef" },
    { "grö\xc3\x9f"
      "e-db-primary",
      10, "grö\xc3\x9f..mary" },
    { "日本語日本語", 8, "日..語" },
    { "", 8, "" },
};

static void test_cut(void **state)
{
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        char *text = strdup(cuts[i].text);

        table_cut_middle(text, cuts[i].width);
        assert_string_equal(text, cuts[i].cut);
        free(text);
    }
}

static const struct {
    const char *text;
    unsigned width;
} widths[] = {
    { "", 0 },
    { "web1", 4 },
    { "größe", 5 },
    { "日本-db", 7 },
    { "e\xcc\x81t\xc3\xa9", 3 },
    { "\xff\xfe", 2 },
};

static void test_width(void **state)
{
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
        assert_int_equal(table_text_width(widths[i].text), widths[i].width);
}

static const struct table_column columns[] = {
    { "guest", TABLE_NAME },
    { "size", TABLE_NUMBER },
    { "hops", TABLE_NUMBER | TABLE_WIDE },
    { "why not", TABLE_TEXT },
    { NULL, 0 },
};

/* A table of two guests; to be freed. */
static char *shown(struct table_look look)
{
    struct table *t = table_new(columns, look);
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);

    assert_non_null(f);
    table_print(t, f); /* no rows, no heads */
    assert_int_equal(ftell(f), 0);
    table_row(t);
    table_cell(t, "größe-日本-db\033[2J");
    table_cellf(t, "%d.0 GiB", 2);
    table_cell(t, "4");
    table_cell(t, "every host lacks the network it needs, in "
                  "xenbr7-of-rack-17-beside-the-door");
    table_row(t);
    table_cell(t, "customer-4711-database-primary-v397");
    table_cell(t, "512 MiB");
    table_cell(t, NULL);
    table_print(t, f);
    table_free(t);
    fclose(f);
    return text;
}

static void test_print(void **state)
{
    char *text = shown((struct table_look){ 60, false, false });

    assert_string_equal(
        text, "guest                         size  why not\n"
              "größe-日本-db?[2J          2.0 GiB  every host lacks the\n"
              "                                    network it needs, in\n"
              "                                    xenbr7-of-rack-17-beside\n"
              "                                    -the-door\n"
              "customer-471..rimary-v397  512 MiB\n");
    free(text);
    text = shown((struct table_look){ 20, true, false });
    assert_string_equal(
        text,
        "guest                                   size  hops  why not\n"
        "größe-日本-db?[2J                    2.0 GiB     4  every host lacks "
        "the network it needs, in xenbr7-of-rack-17-beside-the-door\n"
        "customer-4711-database-primary-v397  512 MiB\n");
    free(text);
}

/* No line is wider than the terminal, down to where nothing can be cut. */
static void test_fits(void **state)
{
    for (unsigned columns_n = 50; columns_n < 140; columns_n++) {
        char *text = shown((struct table_look){ columns_n, false, false });

        for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
            if (table_text_width(line) > columns_n)
                fail_msg("%u columns: %s", columns_n, line);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_width),
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
