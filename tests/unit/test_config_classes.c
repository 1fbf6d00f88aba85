/* SPDX-License-Identifier: LGPL-2.1-only */
/* Classes of devices: how rows are read and refused, and what is in a class. */
#include "tools/config_classes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void rows_and_texts(void **state)
{
    static const char *const same[] = {
        "net25g=8086:1889@fabricA",
        "a=8086:1889",
        "b=8086:1889,15b3:101e@ens1f*",
        "lab=vif:1",
        "lab2=vif:0:4",
        "c.d_E-1=0000:ffff@tor1",
        "nic=card:8086:100e,8086:10d3",
    };
    struct class_rows rows = { .row = NULL };

    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        char *text;

        assert_int_equal(class_rows_add(&rows, same[i]), 0);
        text = class_row_text(&rows.row[i]);
        assert_string_equal(text, same[i]);
        free(text);
    }
    assert_int_equal(class_rows_add(&rows, "up=8086:ABCD"), 0);
    assert_int_equal(rows.row[7].id[0], 0x8086abcd);
    assert_true(rows.row[6].card);
    assert_false(rows.row[7].card);
    assert_ptr_equal(class_rows_find(&rows, "lab2"), &rows.row[4]);
    assert_null(class_rows_find(&rows, "lab3"));
    class_rows_dispose(&rows);
    class_rows_dispose(&rows);
}

static void refused_rows(void **state)
{
    static const char *const bad[] = {
        "",
        "net25g",
        "=8086:1889",
        "net25g=",
        "net25g=8086",
        "net25g=8086:188",
        "net25g=8086:18890",
        "net25g= 8086:1889",
        "net25g=+086:1889",
        "net25g=8086:1889,",
        "net25g=8086:1889@",
        "net25g=8086:1889@a b",
        "net25g=8086:1889@a@b",
        "net25g=8086:1889@a,b",
        "net25g=8086:1889@[a]",
        "-x=8086:1889",
        "a/b=8086:1889",
        "a b=8086:1889",
        "vif=vif:",
        "vif=vif:x",
        "vif=vif:-1",
        "vif=vif:65",
        "vif=vif:1:",
        "vif=vif:1:1000",
        "vif=vif:1:4x",
        "vif=vif:1@tor1",
        "a23456789012345678901234567890123=8086:1889",
        "m=0:0",
        "nic=card:",
        "nic=card:8086:100e@tor1",
        "nic=card8086:100e",
        "nic=card:card:8086:100e",
        "nic=card:vif:1",
        "m=8086:1889@"
        "01234567890123456789012345678901234567890123456789012345678901234",
    };
    char many[32 + 10 * (CLASS_IDS + 1)] = "many=";
    struct class_rows rows = { .row = NULL };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (class_rows_add(&rows, bad[i]) != -EINVAL)
            fail_msg("\"%s\" is accepted", bad[i]);
    for (int i = 0; i <= CLASS_IDS; i++)
        strcat(many, i ? ",8086:1889" : "8086:1889");
    assert_int_equal(class_rows_add(&rows, many), -EINVAL);
    assert_int_equal(rows.n, 0);
    class_rows_dispose(&rows);
}

static const char *class_at(const struct class_rows *rows, unsigned id,
                            const char *port, const char *to)
{
    const struct class_row *r =
        class_of_device(rows, id >> 16, id & 0xffff, port, &to, to != NULL);

    return r ? r->name : "none";
}

static void what_is_in_a_class(void **state)
{
    struct class_rows rows = { .row = NULL };

    assert_int_equal(class_rows_add(&rows, "a=8086:1889@fabricA*"), 0);
    assert_int_equal(class_rows_add(&rows, "b=8086:1889,8086:154c@ens2f0"), 0);
    assert_int_equal(class_rows_add(&rows, "any=15b3:101e"), 0);
    assert_int_equal(class_rows_add(&rows, "lab=vif:1"), 0);
    assert_string_equal(class_at(&rows, 0x80861889, "ens1f0", "fabricA-2"),
                        "a");
    assert_string_equal(class_at(&rows, 0x80861889, "ens2f0", "fabricB-1"),
                        "b");
    assert_string_equal(class_at(&rows, 0x8086154c, "ens2f0", NULL), "b");
    /* the right card with a cable to elsewhere is not of the class */
    assert_string_equal(class_at(&rows, 0x80861889, "ens1f0", "fabricB-1"),
                        "none");
    assert_string_equal(class_at(&rows, 0x80861889, "", NULL), "none");
    assert_string_equal(class_at(&rows, 0x15b3101e, "", NULL), "any");
    /* a device of which sysfs tells nothing is in no class of vifs */
    assert_string_equal(class_at(&rows, 0, "", NULL), "none");
    assert_string_equal(class_of_vif(&rows, 1)->name, "lab");
    assert_null(class_of_vif(&rows, 0));
    class_rows_dispose(&rows);
}

static void what_is_a_card(void **state)
{
    struct class_rows rows = { .row = NULL };

    assert_int_equal(class_rows_add(&rows, "vf=8086:100e"), 0);
    assert_int_equal(class_rows_add(&rows, "card=card:8086:10d3,8086:100e"),
                     0);
    assert_string_equal(class_of_card(&rows, 0x8086, 0x100e)->name, "card");
    assert_null(class_of_card(&rows, 0x8086, 0x1889));
    assert_string_equal(class_at(&rows, 0x8086100e, "ens1f0", NULL), "vf");
    assert_string_equal(class_at(&rows, 0x808610d3, "ens1f0", NULL), "none");
    class_rows_dispose(&rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_texts),
        cmocka_unit_test(refused_rows),
        cmocka_unit_test(what_is_in_a_class),
        cmocka_unit_test(what_is_a_card),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
