/* SPDX-License-Identifier: LGPL-2.1-only */
/* Numbers and pages that are the same in each run of a test: xorshift64. */
#include "tests/lib/pages.h"

#include <string.h>

#include "libxl-ext/wire/frame.h"

uint64_t pages_any(void)
{
    static uint64_t seed = 88172645463325252ull;

    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

void pages_fill(uint8_t *page)
{
    for (size_t i = 0; i < FRAME_PAGE; i += 8) {
        uint64_t v = pages_any();

        memcpy(page + i, &v, 8);
    }
}
