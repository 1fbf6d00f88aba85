/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A byte stream on its way out over several lanes: a ring of what was put in
 * and is not acknowledged yet, and the chunks of it that are under way. Pure:
 * no I/O, no clock.
 *
 * What a lost lane had under way is sent again by the others, first of all; so
 * a loss costs no more than was under way, and never more than the ring.
 */
#ifndef XLX_WIRE_STREAM_OUT_H
#define XLX_WIRE_STREAM_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/wire/chunk.h"

struct out_chunk { /* under way, in the order of offsets */
    uint64_t offset;
    uint32_t length; /* of the end: 1, which stands for no byte */
    uint8_t lane;    /* OUT_AGAIN: it was lost */
};
enum { OUT_AGAIN = 0xff };

struct stream_out {
    uint64_t head;   /* so many bytes were put in */
    uint64_t whole;  /* so many are acknowledged; head + 1: its end as well */
    uint64_t resent; /* bytes that were sent more than once, each time */
    uint32_t held[CHUNK_LANES]; /* bytes under way on each lane */
    /* private */
    uint8_t *ring;
    size_t size;
    uint64_t sent;  /* the first that was never sent */
    uint64_t limit; /* the other end has room up to here */
    bool ended;
    struct out_chunk *flight; /* CHUNK_FLIGHT, in a circle */
    unsigned first, n;        /* of them in use */
    unsigned again;           /* of those with OUT_AGAIN */
};

/* A ring of `size` bytes. 0 or -ENOMEM; _dispose() is idempotent. */
int stream_out_init(struct stream_out *o, size_t size);
void stream_out_dispose(struct stream_out *o);

/* Room for more in one piece, *n_r bytes (0: there is none now). */
uint8_t *stream_out_room(struct stream_out *o, size_t *n_r);
/* So many bytes were written there. */
void stream_out_put(struct stream_out *o, size_t n);
/* No more will be put in. */
void stream_out_end(struct stream_out *o);

/*
 * The next chunk for a lane, and its bytes, which stay until they are
 * acknowledged. One that is sent again comes whole, as the other end has a
 * bound for the number of chunks. False: there is nothing to send now that
 * fits.
 */
struct out_room { /* most bytes: of a chunk that was never sent; of others */
    size_t fresh, again;
};
bool stream_out_next(struct stream_out *o, unsigned lane, struct out_room most,
                     struct chunk *c, const uint8_t **bytes_r);
/* The other end says what it has, and how far it has room. Old news is fine.
 * 0, or -EPROTO: it has what was never sent. */
int stream_out_acked(struct stream_out *o, uint64_t whole, uint64_t limit);
/* What was under way on this lane may not have arrived. */
void stream_out_lost(struct stream_out *o, unsigned lane);
/* It has ended, and all of it is acknowledged. */
bool stream_out_over(const struct stream_out *o);

#endif
