/* SPDX-License-Identifier: LGPL-2.1-only */
/* Numbers by chance that a seed repeats, the same on each machine. */
#ifndef RACKHOP_TESTS_LIB_DRAW_H
#define RACKHOP_TESTS_LIB_DRAW_H

#include <stdint.h>

/* splitmix64 (Steele, Lea, Flood 2014): the next number; *s is any seed at
 * first. */
static inline uint64_t draw_next(uint64_t *s)
{
    uint64_t z = *s += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

#endif
