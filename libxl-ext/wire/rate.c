/* SPDX-License-Identifier: LGPL-2.1-only */
/* Counts what may go, in millionths of a byte: nothing is lost by rounding. */
#include "libxl-ext/wire/rate.h"

enum { BUCKET_US = 20000, BUCKET_MIN = 1500, MICRO = 1000000 };
#define RATE_MAX (UINT64_C(1) << 40)

/* In millionths of a byte. A very low rate must still let a packet pass. */
static int64_t rate_bucket(const struct rate *r)
{
    uint64_t b = r->bytes_s * BUCKET_US;
    const uint64_t least = (uint64_t)BUCKET_MIN * MICRO;

    return (int64_t)(b < least ? least : b);
}

static void rate_fill(struct rate *r, uint64_t now_us)
{
    uint64_t passed = now_us - r->at_us;
    int64_t most = rate_bucket(r);

    r->at_us = now_us;
    if (passed > MICRO) /* full in any case but that of a large debt */
        passed = MICRO;
    r->micro += (int64_t)(passed * r->bytes_s);
    if (r->micro > most)
        r->micro = most;
}

void rate_set(struct rate *r, uint64_t bytes_s, uint64_t now_us)
{
    r->bytes_s = bytes_s > RATE_MAX ? RATE_MAX : bytes_s;
    r->micro = 0;
    r->at_us = now_us;
}

size_t rate_may(struct rate *r, uint64_t now_us)
{
    if (!r->bytes_s)
        return SIZE_MAX;
    rate_fill(r, now_us);
    return r->micro < rate_bucket(r) / 4 ? 0 : (size_t)(r->micro / MICRO);
}

void rate_took(struct rate *r, size_t bytes)
{
    if (r->bytes_s)
        r->micro -= (int64_t)bytes * MICRO;
}

uint64_t rate_next(const struct rate *r)
{
    int64_t lacking = rate_bucket(r) / 4 - r->micro;

    if (!r->bytes_s || lacking <= 0)
        return r->at_us;
    return r->at_us + (uint64_t)lacking / r->bytes_s + 1;
}
