/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes room in an array that grows by doubling. */
#include "tools/base/grow.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int array_grow(void *array_p, size_t *room_p, size_t n, size_t size)
{
    size_t want = *room_p ? *room_p : 4;
    void *array, *bigger;

    if (n <= *room_p)
        return 0;
    /* no object is larger than half of the address space */
    if (n > PTRDIFF_MAX / 2 / size)
        return -ENOMEM;
    while (want < n)
        want *= 2;
    memcpy(&array, array_p, sizeof array);
    bigger = reallocarray(array, want, size);
    if (!bigger)
        return -ENOMEM;
    memcpy(array_p, &bigger, sizeof bigger);
    *room_p = want;
    return 0;
}
