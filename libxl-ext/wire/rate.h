/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A limit of bytes a second that several users share: a token bucket.
 *
 * It holds 20 ms of the rate, so that over any second no more than 1.02 times
 * the rate goes, and a user that comes 20 ms late loses nothing. It is emptied
 * when a quarter is in it, which bounds the number of small chunks.
 */
#ifndef XLX_WIRE_RATE_H
#define XLX_WIRE_RATE_H

#include <stddef.h>
#include <stdint.h>

struct rate {
    uint64_t bytes_s; /* 0: no limit */
    /* private */
    int64_t micro; /* what may go, in millionths of a byte; below 0: owed */
    uint64_t at_us;
};

/* From now on; what was saved up is gone. At most 2^40 bytes/s. */
void rate_set(struct rate *r, uint64_t bytes_s, uint64_t now_us);
/* How many bytes may go now. SIZE_MAX: there is no limit. */
size_t rate_may(struct rate *r, uint64_t now_us);
/* So many went. More than may go is owed. */
void rate_took(struct rate *r, size_t bytes);
/* When rate_may() will say more than 0 again; it did not just now. */
uint64_t rate_next(const struct rate *r);

#endif
