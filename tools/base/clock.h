/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the monotonic clock, which no administrator sets. */
#ifndef RACKHOP_BASE_CLOCK_H
#define RACKHOP_BASE_CLOCK_H

#include <stdint.h>

/* Since some fixed moment, usually the host's start. */
uint64_t clock_ns(void);
uint64_t clock_us(void);
int64_t clock_ms(void);

#endif
