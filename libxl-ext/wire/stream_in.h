/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A byte stream that comes over several lanes: each byte goes to its place in a
 * ring, whatever came before it, and leaves the ring in order and once. Pure:
 * no I/O, no clock.
 *
 * Bytes that have come before are thrown away, never written over the first
 * ones. Nothing is kept but the ring and CHUNK_FLIGHT gaps, whatever the other
 * end sends.
 */
#ifndef XLX_WIRE_STREAM_IN_H
#define XLX_WIRE_STREAM_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/wire/chunk.h"

struct in_range {
    uint64_t from, to;
};

struct stream_in {
    uint64_t whole; /* all in front of it has come */
    uint64_t taken; /* so many bytes have left the ring */
    uint64_t again; /* bytes that came once more */
    /* private */
    uint8_t *ring;
    size_t size;
    uint64_t end;           /* UINT64_MAX: not known */
    struct in_range *range; /* came beyond whole: apart, in order */
    unsigned n;
};

int stream_in_init(struct stream_in *s, size_t size);
void stream_in_dispose(struct stream_in *s);

/* A chunk is to come. 0, or -EPROTO: there is no room for it, or the stream
 * ends before it does. */
int stream_in_begin(const struct stream_in *s, uint64_t offset, size_t length);
/*
 * Where the bytes at an offset go, of a chunk that has begun: *n_r, at most n.
 * NULL: so many are to be thrown away. To be asked again for each piece, since
 * another lane may have brought them meanwhile.
 */
uint8_t *stream_in_place(const struct stream_in *s, uint64_t offset, size_t n,
                         size_t *n_r);
/* So many of the bytes at this offset have come, and were put in their place
 * or thrown away. 0, or -EPROTO: there are too many gaps, or the stream has
 * ended before. */
int stream_in_came(struct stream_in *s, uint64_t offset, size_t n);
/* The stream ends there. 0, or -EPROTO: it does not. */
int stream_in_end(struct stream_in *s, uint64_t offset);
/* What to acknowledge: whole, the end counted as a byte; and the first byte
 * that there is no room for. */
uint64_t stream_in_ack(const struct stream_in *s);
uint64_t stream_in_limit(const struct stream_in *s);

/* The next bytes in order, in one piece; *n_r 0: there are none now. */
const uint8_t *stream_in_peek(const struct stream_in *s, size_t *n_r);
void stream_in_take(struct stream_in *s, size_t n);
/* It has ended, and all of it was taken. */
bool stream_in_over(const struct stream_in *s);

#endif
