/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes room in an array that grows by one element at a time. */
#include "topology/array.h"

#include <stdlib.h>

bool topo_array_room(void **array, size_t *room, size_t used, size_t size)
{
    size_t want = *room ? *room * 2 : 4;
    void *bigger;

    if (used < *room)
        return true;
    bigger = reallocarray(*array, want, size);
    if (!bigger)
        return false;
    *array = bigger;
    *room = want;
    return true;
}
