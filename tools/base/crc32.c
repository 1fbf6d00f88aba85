/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Computes CRC-32, of eight bytes at once. Each four bits are looked up: what looks
 * up one waits for no other, which is several times as fast as byte after byte.
 * What rackhopd keeps of a look of thousands of hosts has hundreds of MiB.
 */
#include "tools/base/crc32.h"

enum { AT_ONCE = 8, NIBBLES = 2 * AT_ONCE };

static const uint32_t polynomial = 0xedb88320;

/* What four bits become when so many nibbles follow them. */
static uint32_t crc32_table[NIBBLES][16];

/* Before main(), so that no thread sees half of it. */
__attribute__((constructor)) static void crc32_init(void)
{
    for (uint32_t i = 0; i < 16; i++) {
        uint32_t crc = i;

        for (int n = 0; n < NIBBLES; n++) {
            for (int bit = 0; bit < 4; bit++)
                crc = crc & 1 ? crc >> 1 ^ polynomial : crc >> 1;
            crc32_table[n][i] = crc;
        }
    }
}

/* Byte i of eight, the first of which have the CRC so far added. */
static uint32_t crc32_byte(uint8_t byte, int i)
{
    int after = NIBBLES - 2 * i - 1; /* nibbles, behind its lower one */

    return crc32_table[after][byte & 15] ^ crc32_table[after - 1][byte >> 4];
}

static uint32_t crc32_eight(uint32_t crc, const uint8_t *p)
{
    uint32_t sum = 0;

    for (int i = 0; i < 4; i++)
        sum ^= crc32_byte((uint8_t)(p[i] ^ crc >> 8 * i), i);
    for (int i = 4; i < AT_ONCE; i++)
        sum ^= crc32_byte(p[i], i);
    return sum;
}

uint32_t crc32_add(uint32_t crc, const void *data, size_t len)
{
    const uint8_t *p = data;

    crc = ~crc;
    for (; len >= AT_ONCE; len -= AT_ONCE, p += AT_ONCE)
        crc = crc32_eight(crc, p);
    for (; len; len--, p++)
        crc = crc32_byte((uint8_t)(*p ^ crc), AT_ONCE - 1) ^ crc >> 8;
    return ~crc;
}
