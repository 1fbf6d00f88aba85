/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes room in an array that grows by one element at a time. */
#ifndef RACKHOP_TOPOLOGY_ARRAY_H
#define RACKHOP_TOPOLOGY_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Room for one more element of `size` bytes behind `used` ones; *room doubles
 * when there is none. False: out of memory, and nothing has changed. */
bool topo_array_room(void **array, size_t *room, size_t used, size_t size);

#endif
