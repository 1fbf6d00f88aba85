/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Three byte streams over one to eight lanes that may be lost and come back:
 * what a move's ssh connection has, without the connection. Pure: the caller
 * has the connections, the pipes and the clock, and asks here what to do.
 *
 *     stream 0   to the target host: what its stdin would get
 *     stream 1   from the target host: its stdout
 *     stream 2   from the target host: its stderr
 *
 * A lane is up from lanes_up() to lanes_down(). While it is up:
 *     reading    lanes_place(), read there, lanes_came(); and so on
 *     writing    lanes_pick() and lanes_pending(), write, lanes_went(); and so
 *                on until there is nothing pending
 * A lane with an error, or on which nothing was heard for dead_us, is to be
 * put down and connected again; nothing is lost by it, and nothing comes twice.
 *
 * It is over when both ends know that all has come: lanes_over() is true, and
 * the other end has said so. After lanes_over() the other end may be gone.
 */
#ifndef XLX_WIRE_LANES_H
#define XLX_WIRE_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/wire/chunk.h"
#include "libxl-ext/wire/rate.h"
#include "libxl-ext/wire/stream_in.h"
#include "libxl-ext/wire/stream_out.h"

enum {
    LANES_BIG = 8 << 20,    /* bytes of stream 0 that are kept at each end */
    LANES_SMALL = 64 << 10, /* of the other two */
    LANES_PING_US = 1000000,
    LANES_DEAD_US = 10000000, /* the most, and what it is at first */
    LANES_DEAD_MIN_US = 2000000,
    /* What is written at once, if nothing is sent again behind other chunks:
     * one record of TLS. */
    LANE_RECORD = CHUNK_HEAD + CHUNK_DATA_MAX,
};

/* How long a lane may say nothing, until it is lost: early enough to try another
 * while the peer waits for so many seconds. */
static inline uint64_t lanes_dead_us(unsigned patience_s)
{
    uint64_t half = patience_s * UINT64_C(1000000) / 2;

    if (half > LANES_DEAD_US)
        return LANES_DEAD_US;
    return half < LANES_DEAD_MIN_US ? LANES_DEAD_MIN_US : half;
}

struct lane {
    bool up;
    /* private */
    bool greeted; /* its HELLO has come */
    bool said_hello, said_bye;
    struct chunk in; /* that is coming */
    uint8_t head[CHUNK_HEAD];
    uint32_t have, left; /* bytes: of the head; still to come behind it */
    uint8_t out[LANE_RECORD + 4 * CHUNK_HEAD];
    uint32_t out_n, out_done;
    uint64_t heard_us, said_us;
};

struct lanes_setup {
    bool source;   /* at the source host */
    unsigned n;    /* lanes, 1 to CHUNK_LANES */
    size_t big;    /* of the ring of stream 0; 0: LANES_BIG */
    uint64_t rate; /* bytes/s of all lanes; 0: no limit */
};

struct lanes {
    struct rate rate; /* rate_set() may change it at any time */
    uint64_t dead_us; /* the caller's to change */
    struct lane lane[CHUNK_LANES];
    unsigned n;
    uint64_t written; /* bytes that went to lanes */
    uint64_t read;    /* and came from them */
    /* private */
    bool source;
    bool bye;      /* the other end needs nothing more */
    bool said_bye; /* by any lane */
    struct stream_out out[CHUNK_STREAMS];
    struct stream_in in[CHUNK_STREAMS];
    struct { /* what was said of each `in` */
        uint64_t whole, limit;
    } told[CHUNK_STREAMS];
    uint8_t waste[CHUNK_DATA_MAX]; /* where bytes are thrown away */
};

/* 0 or a negative errno. */
int lanes_init(struct lanes *l, const struct lanes_setup *setup,
               uint64_t now_us);
void lanes_dispose(struct lanes *l);

/* This end's streams, NULL if they run the other way: to put into, to take
 * from. */
struct stream_out *lanes_out(struct lanes *l, unsigned stream);
struct stream_in *lanes_in(struct lanes *l, unsigned stream);

/*
 * The head with which a new connection to the target host begins: the number
 * of its lane, or -EPROTO. The lane may still be up by an older connection,
 * which is then to be put down.
 */
int lanes_hello(const struct lanes *l, const uint8_t head[CHUNK_HEAD],
                struct chunk *c);
/* `hello`: what lanes_hello() made of the head that was read; NULL at the
 * source host, where it is still to come. */
void lanes_up(struct lanes *l, unsigned lane, const struct chunk *hello,
              uint64_t now_us);
void lanes_down(struct lanes *l, unsigned lane);

/* Where the next bytes of a lane go, at most *n_r, which is never 0. */
uint8_t *lanes_place(struct lanes *l, unsigned lane, size_t *n_r);
/* So many came. 0, or -EPROTO: the other end does not keep to the protocol. */
int lanes_came(struct lanes *l, unsigned lane, size_t n, uint64_t now_us);

/* Which of the lanes in the mask is to be written to next: one with something
 * begun, else the one with the fewest bytes under way. -1: none is up. */
int lanes_pick(const struct lanes *l, unsigned mask);
/* What to write to it, the same until lanes_went(); *n_r 0: nothing now. */
const uint8_t *lanes_pending(struct lanes *l, unsigned lane, uint64_t now_us,
                             size_t *n_r);
void lanes_went(struct lanes *l, unsigned lane, size_t n, uint64_t now_us);

/* Nothing has come of it for too long. */
bool lanes_dead(const struct lanes *l, unsigned lane, uint64_t now_us);
/* When lanes_pending() or lanes_dead() may answer otherwise than now, if
 * nothing is put, taken or read before. */
uint64_t lanes_next(const struct lanes *l, uint64_t now_us);

/* All that this end sends has arrived, and all that it gets was taken. */
bool lanes_over(const struct lanes *l);
/* The other end knows that, too, or does not care. */
bool lanes_ended(const struct lanes *l);
/* Bytes that were sent more than once. */
uint64_t lanes_resent(const struct lanes *l);

#endif
