/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A clock that runs FAST_CLOCK times as fast, in the place of
 * tools/base/clock.c, so that a test of deadlines takes a part of their time.
 * One file of a test program includes this, and defines FAST_CLOCK before.
 */
#ifndef RACKHOP_TEST_FAST_CLOCK_H
#define RACKHOP_TEST_FAST_CLOCK_H

#include <stdint.h>
#include <time.h>

#include "tools/base/clock.h"

uint64_t clock_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ((uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec) *
           FAST_CLOCK;
}

uint64_t clock_us(void)
{
    return clock_ns() / 1000;
}

int64_t clock_ms(void)
{
    return (int64_t)(clock_ns() / 1000000);
}

#endif
