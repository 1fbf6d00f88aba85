/* SPDX-License-Identifier: LGPL-2.1-only */
/* Hashes by XXH3, compiled in: the program needs no library of it. */
#include "libxl-ext/wire/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t digest_add(uint64_t before, const void *data, size_t len)
{
    return XXH3_64bits_withSeed(data, len, before);
}
