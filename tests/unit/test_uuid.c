/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tests what passes for a UUID: keys and file names are made of it. */
#include "tools/base/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void good_ones(void **state)
{
    assert_true(uuid_ok("11111111-2222-3333-4444-555555555555"));
    assert_true(uuid_ok("00000000-0000-0000-0000-000000000000"));
    assert_true(uuid_ok("abcdef01-2345-6789-abcd-ef0123456789"));
}

static void bad_ones(void **state)
{
    static const char *const bad[] = {
        "",
        "abc",
        "../x",
        "111111112222333344445555555555555555",
        "11111111-2222-3333-4444-55555555555",
        "11111111-2222-3333-4444-5555555555555",
        "11111111-2222-3333-4444-555555555555 ",
        "11111111-2222-3333-4444-55555555555g",
        "11111111-2222-3333-4444-55555555555F",
        "1111111-12222-3333-4444-555555555555",
        "11111111_2222-3333-4444-555555555555",
        "------------------------------------",
        "../../../../../../../../../../etc/pw",
        "{1111111-2222-3333-4444-555555555555}",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (uuid_ok(bad[i]))
            fail_msg("\"%s\" passes for a UUID", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_ones),
        cmocka_unit_test(bad_ones),
    };

    return cmocka_run_group_tests_name("uuid", tests, NULL, NULL);
}
