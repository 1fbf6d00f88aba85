/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The chunks in which byte streams go over several connections (lanes): their
 * heads, to and from bytes, each bound checked. docs/wire describes them; all
 * numbers are little-endian.
 */
#ifndef XLX_WIRE_CHUNK_H
#define XLX_WIRE_CHUNK_H

#include <stddef.h>
#include <stdint.h>

enum {
    CHUNK_VERSION = 1, /* the highest that this code speaks */
    CHUNK_HEAD = 24,   /* bytes of a head */
    /* Most bytes behind a head. Both together are one record of TLS. */
    CHUNK_DATA_MAX = 16384 - CHUNK_HEAD,
    CHUNK_SKIP_MAX = 256, /* most bytes behind any head but DATA's */
    CHUNK_STREAMS = 3,
    CHUNK_LANES = 8, /* most connections of a move */
    /* Most chunks of one stream that are not acknowledged yet; so many gaps
     * can there be at the other end, and no more. */
    CHUNK_FLIGHT = 1024,
};
/* No stream is that long; sums of two offsets can't run over. */
#define CHUNK_OFFSET_MAX (UINT64_C(1) << 62)

enum chunk_type {
    CHUNK_HELLO = 1, /* the first of a lane, both ways */
    CHUNK_DATA,
    CHUNK_END, /* the stream ends at this offset; it counts as one byte */
    CHUNK_ACK, /* all in front of the offset has come */
    CHUNK_PING,
    CHUNK_BYE, /* the sender of it needs nothing more */
};

struct chunk {
    enum chunk_type type;
    uint8_t stream;  /* HELLO: number of the lane */
    uint32_t length; /* of what follows the head */
    uint64_t offset; /* in the stream; HELLO: the highest version spoken */
    uint64_t limit;  /* ACK: there is room for bytes in front of this one */
};

void chunk_put(const struct chunk *c, uint8_t head[CHUNK_HEAD]);
/* 0, or -EPROTO: a head that no version 1 writes. */
int chunk_get(struct chunk *c, const uint8_t head[CHUNK_HEAD]);

#endif
