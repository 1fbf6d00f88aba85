/* SPDX-License-Identifier: LGPL-2.1-only */
/* The CRC-32 of any bytes, in any pieces, is that of its definition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tools/base/crc32.h"

enum { BYTES = 300 };

/* As it is defined, bit by bit. */
static uint32_t plainly(uint32_t crc, const uint8_t *p, size_t len)
{
    crc = ~crc;
    for (; len; len--, p++) {
        crc ^= *p;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
    }
    return ~crc;
}

static void test_known(void **state)
{
    assert_int_equal(crc32_add(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(crc32_add(0, "", 0), 0);
}

/* Whatever the length, and wherever the bytes begin in memory. */
static void test_lengths(void **state)
{
    uint8_t bytes[BYTES];

    for (int i = 0; i < BYTES; i++)
        bytes[i] = (uint8_t)(i * 167 + i / 7);
    for (size_t from = 0; from < 9; from++)
        for (size_t n = 0; n + from < BYTES; n++)
            assert_int_equal(crc32_add(77, bytes + from, n),
                             plainly(77, bytes + from, n));
}

static void test_pieces(void **state)
{
    uint8_t bytes[BYTES];
    uint32_t whole;

    for (int i = 0; i < BYTES; i++)
        bytes[i] = (uint8_t)(i * 91);
    whole = crc32_add(0, bytes, BYTES);
    for (size_t cut = 0; cut <= BYTES; cut++)
        assert_int_equal(
            crc32_add(crc32_add(0, bytes, cut), bytes + cut, BYTES - cut),
            whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
