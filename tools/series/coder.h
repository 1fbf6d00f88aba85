/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A binary range coder with adaptive probabilities, that of LZMA: a bit that is
 * as was expected takes a fraction of a bit. The reader takes any bytes, ends
 * nowhere else than at the end of what it was given, and reads zeros there.
 */
#ifndef RACKHOP_SERIES_CODER_H
#define RACKHOP_SERIES_CODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The probability of a 0, of 2048. */
typedef uint16_t coder_bit;
enum { CODER_EVEN = 1024 };

struct coder_out {
    uint8_t *to;
    size_t room, n; /* n > room: it did not fit */
    /* private */
    uint64_t low;
    uint32_t range;
    uint8_t cache;
    bool begun;  /* its first byte was left out */
    size_t held; /* bytes that a carry may change: the cache, and 0xff */
};
void coder_out_init(struct coder_out *c, uint8_t *to, size_t room);
void coder_put(struct coder_out *c, coder_bit *p, bool bit);
/* The low `bits` bits of v, the highest first, as if they were chance. */
void coder_put_raw(struct coder_out *c, unsigned v, unsigned bits);
/* Whether all of it fits; bytes of the room that are left are zeroed. */
bool coder_out_end(struct coder_out *c);

struct coder_in {
    const uint8_t *at, *end;
    /* private */
    uint32_t range, code;
};
void coder_in_init(struct coder_in *c, const uint8_t *from, size_t len);
bool coder_get(struct coder_in *c, coder_bit *p);
unsigned coder_get_raw(struct coder_in *c, unsigned bits);

#endif
