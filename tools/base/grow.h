/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes room in an array that grows by doubling. */
#ifndef RACKHOP_BASE_GROW_H
#define RACKHOP_BASE_GROW_H

#include <stddef.h>

/*
 * Room for n elements of `size` bytes in the array that *array_p (a pointer to
 * the caller's pointer) has, where *room_p of them fit today. 0 or -ENOMEM;
 * the array is as it was then. What is new is not zeroed.
 *     rc = array_grow(&l->s, &l->room, l->n + 1, sizeof *l->s);
 */
int array_grow(void *array_p, size_t *room_p, size_t n, size_t size);

#endif
