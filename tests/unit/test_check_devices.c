/* SPDX-License-Identifier: LGPL-2.1-only */
/* What `rackhop check` says of hosts whose classes of devices differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/cluster/check_impl.h"
#include "tools/doc/json.h"

#define VFS(n)   "{\"class\": \"net\", \"devices\": " #n "}"
#define CARDS(n) "{\"class\": \"net\", \"devices\": " #n ", \"card\": true}"

static struct json_doc *facts(const char *classes)
{
    struct json_doc *doc = NULL;
    char text[300];
    struct msg err;

    snprintf(text, sizeof text, "{\"host\": {\"device_classes\": [%s]}}",
             classes);
    assert_int_equal(
        json_parse(&doc, "facts", text, strlen(text), NULL, NULL, &err), 0);
    return doc;
}

static void faults_free(struct check_row *r)
{
    for (size_t i = 0; i < r->fault_n; i++) {
        free(r->fault[i].text);
        free(r->fault[i].help);
    }
    free(r->fault);
    json_free(r->facts);
}

static void test_classes(void **state)
{
    static const struct {
        const char *classes[2]; /* of hosts a and b; NULL: it did not answer */
        const char *of_a, *of_b;
    } rows[] = {
        { { VFS(2), VFS(1) }, NULL, NULL },
        { { CARDS(1), CARDS(1) }, NULL, NULL },
        { { VFS(0), VFS(0) }, NULL, NULL },
        { { VFS(2), NULL }, NULL, NULL },
        { { VFS(2), VFS(0) },
          NULL,
          "it has no device of the class net, of which a has some" },
        { { "", VFS(1) },
          "its configuration has no class net, which that of b has",
          NULL },
        { { VFS(1), CARDS(1) },
          NULL,
          "its class net is one of whole cards, and that of a one of VFs" },
        { { CARDS(1), VFS(0) },
          NULL,
          "its class net is one of VFs, and that of a one of whole cards" },
        { { CARDS(0), VFS(1) },
          "its class net is one of whole cards, and that of b one of VFs",
          NULL },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct check_row row[2] = { { .name = "a" }, { .name = "b" } };
        struct check k = { .row = row, .n = 2, .hosts = 2 };
        const char *want[] = { rows[i].of_a, rows[i].of_b };

        for (int h = 0; h < 2; h++)
            if (rows[i].classes[h])
                row[h].facts = facts(rows[i].classes[h]);
        assert_int_equal(check_compare_devices(&k), 0);
        for (int h = 0; h < 2; h++) {
            assert_int_equal(row[h].fault_n, want[h] ? 1 : 0);
            if (want[h])
                assert_string_equal(row[h].fault[0].text, want[h]);
            faults_free(&row[h]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_classes) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
