/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the monotonic clock, which no administrator sets. */
#include "tools/base/clock.h"

#include <time.h>

uint64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t clock_us(void)
{
    return clock_ns() / 1000;
}

int64_t clock_ms(void)
{
    return (int64_t)(clock_ns() / 1000000);
}
