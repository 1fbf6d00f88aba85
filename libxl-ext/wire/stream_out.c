/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps what is not acknowledged, and knows which lane has which part of it. */
#include "libxl-ext/wire/stream_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int stream_out_init(struct stream_out *o, size_t size)
{
    memset(o, 0, sizeof *o);
    o->size = size;
    o->ring = malloc(size);
    o->flight = calloc(CHUNK_FLIGHT, sizeof *o->flight);
    if (o->ring && o->flight)
        return 0;
    stream_out_dispose(o);
    return -ENOMEM;
}

void stream_out_dispose(struct stream_out *o)
{
    free(o->ring);
    free(o->flight);
    memset(o, 0, sizeof *o);
}

/* --- what is put in ----------------------------------------------------------- */

static size_t out_least(size_t a, uint64_t b)
{
    return b < a ? (size_t)b : a;
}

uint8_t *stream_out_room(struct stream_out *o, size_t *n_r)
{
    size_t at = (size_t)(o->head % o->size);

    /* behind the end nothing is put in; its acknowledgement is no byte */
    *n_r =
        o->ended ? 0 : out_least(o->size - at, o->whole + o->size - o->head);
    return o->ring + at;
}

void stream_out_put(struct stream_out *o, size_t n)
{
    o->head += n;
}

void stream_out_end(struct stream_out *o)
{
    o->ended = true;
}

bool stream_out_over(const struct stream_out *o)
{
    return o->ended && o->whole == o->head + 1;
}

/* --- what goes out -------------------------------------------------------------- */

static struct out_chunk *out_at(struct stream_out *o, unsigned i)
{
    return &o->flight[(o->first + i) % CHUNK_FLIGHT];
}

static struct out_chunk *out_find_again(struct stream_out *o)
{
    for (unsigned i = 0; o->again && i < o->n; i++)
        if (out_at(o, i)->lane == OUT_AGAIN)
            return out_at(o, i);
    return NULL;
}

/* The next that was never sent. NULL: nothing, or too much is under way. */
static struct out_chunk *out_new(struct stream_out *o, size_t most)
{
    size_t n = out_least(most, CHUNK_DATA_MAX);
    struct out_chunk *c = out_at(o, o->n);

    if (o->n == CHUNK_FLIGHT || o->sent > o->head)
        return NULL;
    n = out_least(n, o->head - o->sent);
    n = out_least(n, o->limit > o->sent ? o->limit - o->sent : 0);
    n = out_least(n, o->size - o->sent % o->size);
    if (o->ended && o->sent == o->head && most)
        n = 1; /* the end takes no room */
    if (!n)
        return NULL;
    *c = (struct out_chunk){ .offset = o->sent, .length = (uint32_t)n };
    o->sent += n;
    o->n++;
    return c;
}

/* Of one that was lost, what the other end has is not sent once more. */
static void out_trim(const struct stream_out *o, struct out_chunk *f)
{
    if (f->offset >= o->whole)
        return;
    f->length -= (uint32_t)(o->whole - f->offset);
    f->offset = o->whole;
}

bool stream_out_next(struct stream_out *o, unsigned lane, struct out_room most,
                     struct chunk *c, const uint8_t **bytes_r)
{
    struct out_chunk *f = out_find_again(o);
    bool again = f != NULL, end;

    if (again)
        out_trim(o, f);
    else
        f = out_new(o, most.fresh);
    if (!f || (again && f->length > most.again))
        return false;
    end = o->ended && f->offset == o->head;
    f->lane = (uint8_t)lane;
    o->held[lane] += f->length;
    if (again) {
        o->again--;
        o->resent += end ? 0 : f->length;
    }
    *c = (struct chunk){ .type = end ? CHUNK_END : CHUNK_DATA,
                         .length = end ? 0 : f->length,
                         .offset = f->offset };
    *bytes_r = o->ring + f->offset % o->size;
    return true;
}

/* --- what is heard of it ---------------------------------------------------------- */

static void out_drop_first(struct stream_out *o)
{
    const struct out_chunk *f = out_at(o, 0);

    if (f->lane == OUT_AGAIN)
        o->again--;
    else
        o->held[f->lane] -= f->length;
    o->first = (o->first + 1) % CHUNK_FLIGHT;
    o->n--;
}

int stream_out_acked(struct stream_out *o, uint64_t whole, uint64_t limit)
{
    if (whole > o->sent)
        return -EPROTO;
    if (limit > o->limit)
        o->limit = limit;
    if (whole <= o->whole)
        return 0;
    o->whole = whole;
    while (o->n && out_at(o, 0)->offset + out_at(o, 0)->length <= whole)
        out_drop_first(o);
    return 0;
}

void stream_out_lost(struct stream_out *o, unsigned lane)
{
    for (unsigned i = 0; i < o->n; i++) {
        struct out_chunk *f = out_at(o, i);

        if (f->lane != lane)
            continue;
        f->lane = OUT_AGAIN;
        o->again++;
    }
    o->held[lane] = 0;
}
