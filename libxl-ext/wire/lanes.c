/* SPDX-License-Identifier: LGPL-2.1-only */
/* Decides what goes over which lane, and what to make of what comes. */
#include "libxl-ext/wire/lanes.h"

#include <errno.h>
#include <string.h>

enum {
    ROOM_TOLD = 8,   /* parts of a ring that must be free to tell of it */
    TAIL_MIN = 2048, /* no chunk is cut for less than this */
};

static bool lanes_is_out(const struct lanes *l, unsigned stream)
{
    return l->source == (stream == 0);
}

struct stream_out *lanes_out(struct lanes *l, unsigned stream)
{
    return lanes_is_out(l, stream) ? &l->out[stream] : NULL;
}

struct stream_in *lanes_in(struct lanes *l, unsigned stream)
{
    return lanes_is_out(l, stream) ? NULL : &l->in[stream];
}

int lanes_init(struct lanes *l, const struct lanes_setup *setup,
               uint64_t now_us)
{
    size_t big = setup->big ? setup->big : LANES_BIG;
    int rc = 0;

    memset(l, 0, sizeof *l);
    if (!setup->n || setup->n > CHUNK_LANES)
        return -EINVAL;
    l->source = setup->source;
    l->n = setup->n;
    l->dead_us = LANES_DEAD_US;
    rate_set(&l->rate, setup->rate, now_us);
    for (unsigned s = 0; !rc && s < CHUNK_STREAMS; s++)
        rc = lanes_is_out(l, s)
                 ? stream_out_init(&l->out[s], s ? LANES_SMALL : big)
                 : stream_in_init(&l->in[s], s ? LANES_SMALL : big);
    if (rc)
        lanes_dispose(l);
    return rc;
}

void lanes_dispose(struct lanes *l)
{
    for (unsigned s = 0; s < CHUNK_STREAMS; s++) {
        stream_out_dispose(&l->out[s]);
        stream_in_dispose(&l->in[s]);
    }
}

/* --- up and down ------------------------------------------------------------------ */

int lanes_hello(const struct lanes *l, const uint8_t head[CHUNK_HEAD],
                struct chunk *c)
{
    int rc = chunk_get(c, head);

    if (rc || c->type != CHUNK_HELLO || c->stream >= l->n)
        return -EPROTO;
    return c->stream;
}

void lanes_up(struct lanes *l, unsigned lane, const struct chunk *hello,
              uint64_t now_us)
{
    struct lane *a = &l->lane[lane];

    memset(a, 0, sizeof *a);
    a->up = true;
    a->heard_us = a->said_us = now_us;
    if (hello) {
        a->greeted = true;
        a->in = *hello;
        a->have = hello->length ? CHUNK_HEAD : 0;
        a->left = hello->length;
    }
    memset(l->told, 0, sizeof l->told);
}

/* An acknowledgement may be lost with it, too: all are said once more. */
void lanes_down(struct lanes *l, unsigned lane)
{
    l->lane[lane].up = false;
    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        if (lanes_is_out(l, s))
            stream_out_lost(&l->out[s], lane);
    memset(l->told, 0, sizeof l->told);
}

/* --- reading ------------------------------------------------------------------------ */

/* Of the chunk that is coming: the offset of its next byte. */
static uint64_t lanes_at(const struct lane *a)
{
    return a->in.offset + a->in.length - a->left;
}

uint8_t *lanes_place(struct lanes *l, unsigned lane, size_t *n_r)
{
    struct lane *a = &l->lane[lane];
    uint8_t *to = NULL;

    if (a->have < CHUNK_HEAD) {
        *n_r = CHUNK_HEAD - a->have;
        return a->head + a->have;
    }
    *n_r = a->left;
    if (a->in.type == CHUNK_DATA)
        to = stream_in_place(&l->in[a->in.stream], lanes_at(a), a->left, n_r);
    return to ? to : l->waste;
}

static int lanes_acked(struct lanes *l, const struct chunk *c)
{
    return lanes_is_out(l, c->stream)
               ? stream_out_acked(&l->out[c->stream], c->offset, c->limit)
               : -EPROTO;
}

static int lanes_ends(struct lanes *l, const struct chunk *c)
{
    return lanes_is_out(l, c->stream)
               ? -EPROTO
               : stream_in_end(&l->in[c->stream], c->offset);
}

/* A head is complete. */
static int lanes_begin(struct lanes *l, unsigned lane)
{
    struct lane *a = &l->lane[lane];
    struct chunk *c = &a->in;
    int rc = chunk_get(c, a->head);

    if (rc || a->greeted == (c->type == CHUNK_HELLO))
        return -EPROTO;
    a->left = c->length;
    switch (c->type) {
    case CHUNK_HELLO:
        a->greeted = true;
        return c->stream == lane ? 0 : -EPROTO;
    case CHUNK_DATA:
        if (lanes_is_out(l, c->stream))
            return -EPROTO;
        return stream_in_begin(&l->in[c->stream], c->offset, c->length);
    case CHUNK_ACK: return lanes_acked(l, c);
    case CHUNK_END: return lanes_ends(l, c);
    case CHUNK_PING: return 0;
    case CHUNK_BYE: l->bye = true; return 0;
    }
    return -EPROTO;
}

int lanes_came(struct lanes *l, unsigned lane, size_t n, uint64_t now_us)
{
    struct lane *a = &l->lane[lane];
    int rc = 0;

    a->heard_us = now_us;
    l->read += n;
    if (a->have < CHUNK_HEAD) {
        a->have += (uint32_t)n;
        if (a->have == CHUNK_HEAD)
            rc = lanes_begin(l, lane);
    } else {
        if (a->in.type == CHUNK_DATA)
            rc = stream_in_came(&l->in[a->in.stream], lanes_at(a), n);
        a->left -= (uint32_t)n;
    }
    if (a->have == CHUNK_HEAD && !a->left)
        a->have = 0;
    return rc;
}

/* --- writing ------------------------------------------------------------------------- */

static uint64_t lanes_held(const struct lanes *l, unsigned lane)
{
    uint64_t n = 0;

    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        n += l->out[s].held[lane];
    return n;
}

int lanes_pick(const struct lanes *l, unsigned mask)
{
    uint64_t least = UINT64_MAX;
    int best = -1;

    for (unsigned i = 0; i < l->n; i++) {
        const struct lane *a = &l->lane[i];
        uint64_t held = a->out_done < a->out_n ? 0 : 1 + lanes_held(l, i);

        if (!(mask >> i & 1) || !a->up || held >= least)
            continue;
        least = held;
        best = (int)i;
    }
    return best;
}

static void lanes_say(struct lane *a, const struct chunk *c,
                      const uint8_t *bytes)
{
    chunk_put(c, a->out + a->out_n);
    a->out_n += CHUNK_HEAD;
    if (bytes)
        memcpy(a->out + a->out_n, bytes, c->length);
    a->out_n += c->length;
}

static bool lanes_ack_due(const struct lanes *l, unsigned s)
{
    const struct stream_in *in = &l->in[s];

    return stream_in_ack(in) != l->told[s].whole ||
           stream_in_limit(in) - l->told[s].limit >= in->size / ROOM_TOLD;
}

static void lanes_say_acks(struct lanes *l, struct lane *a)
{
    for (unsigned s = 0; s < CHUNK_STREAMS; s++) {
        if (lanes_is_out(l, s) || !lanes_ack_due(l, s))
            continue;
        l->told[s].whole = stream_in_ack(&l->in[s]);
        l->told[s].limit = stream_in_limit(&l->in[s]);
        lanes_say(a,
                  &(struct chunk){ .type = CHUNK_ACK,
                                   .stream = (uint8_t)s,
                                   .offset = l->told[s].whole,
                                   .limit = l->told[s].limit },
                  NULL);
    }
}

static void lanes_say_data(struct lanes *l, unsigned lane, unsigned s,
                           uint64_t now_us)
{
    struct lane *a = &l->lane[lane];
    const uint8_t *bytes;
    struct chunk c;

    while (a->out_n <= LANE_RECORD - TAIL_MIN) {
        struct out_room room = { LANE_RECORD - a->out_n - CHUNK_HEAD,
                                 sizeof a->out - a->out_n - CHUNK_HEAD };
        size_t may = s == 0 ? rate_may(&l->rate, now_us) : SIZE_MAX;

        if (may < room.fresh)
            room.fresh = may;
        if (!may || !stream_out_next(&l->out[s], lane, room, &c, &bytes))
            return;
        c.stream = (uint8_t)s;
        lanes_say(a, &c, c.length ? bytes : NULL);
        if (s == 0)
            rate_took(&l->rate, CHUNK_HEAD + c.length);
    }
}

static void lanes_fill(struct lanes *l, unsigned lane, uint64_t now_us)
{
    struct lane *a = &l->lane[lane];

    a->out_n = a->out_done = 0;
    if (!a->said_hello)
        lanes_say(a,
                  &(struct chunk){ .type = CHUNK_HELLO,
                                   .stream = (uint8_t)lane,
                                   .offset = CHUNK_VERSION },
                  NULL);
    a->said_hello = true;
    if (!a->greeted) /* nothing is said to whom has not said a version */
        return;
    lanes_say_acks(l, a);
    for (unsigned s = CHUNK_STREAMS; s-- > 0;)
        if (lanes_is_out(l, s))
            lanes_say_data(l, lane, s, now_us);
    if (lanes_over(l) && !a->said_bye && a->out_n < TAIL_MIN) {
        lanes_say(a, &(struct chunk){ .type = CHUNK_BYE }, NULL);
        a->said_bye = true;
    }
    if (!a->out_n && now_us - a->said_us >= LANES_PING_US)
        lanes_say(a, &(struct chunk){ .type = CHUNK_PING }, NULL);
}

const uint8_t *lanes_pending(struct lanes *l, unsigned lane, uint64_t now_us,
                             size_t *n_r)
{
    struct lane *a = &l->lane[lane];

    if (a->out_done == a->out_n)
        lanes_fill(l, lane, now_us);
    *n_r = a->out_n - a->out_done;
    return a->out + a->out_done;
}

void lanes_went(struct lanes *l, unsigned lane, size_t n, uint64_t now_us)
{
    struct lane *a = &l->lane[lane];

    a->out_done += (uint32_t)n;
    a->said_us = now_us;
    l->said_bye |= a->said_bye && a->out_done == a->out_n;
    l->written += n;
}

/* --- time, and the end ----------------------------------------------------------------- */

bool lanes_dead(const struct lanes *l, unsigned lane, uint64_t now_us)
{
    const struct lane *a = &l->lane[lane];

    return a->up && now_us - a->heard_us >= l->dead_us;
}

uint64_t lanes_next(const struct lanes *l, uint64_t now_us)
{
    uint64_t next = UINT64_MAX, rate = rate_next(&l->rate);

    for (unsigned i = 0; i < l->n; i++) {
        const struct lane *a = &l->lane[i];

        if (a->up && a->out_done == a->out_n &&
            a->said_us + LANES_PING_US < next)
            next = a->said_us + LANES_PING_US;
        if (a->up && a->heard_us + l->dead_us < next)
            next = a->heard_us + l->dead_us;
    }
    return l->rate.bytes_s && rate > now_us && rate < next ? rate : next;
}

bool lanes_over(const struct lanes *l)
{
    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        if (lanes_is_out(l, s) ? !stream_out_over(&l->out[s])
                               : !stream_in_over(&l->in[s]))
            return false;
    return true;
}

bool lanes_ended(const struct lanes *l)
{
    return lanes_over(l) && l->bye && l->said_bye;
}

uint64_t lanes_resent(const struct lanes *l)
{
    uint64_t n = 0;

    for (unsigned s = 0; s < CHUNK_STREAMS; s++)
        n += l->out[s].resent;
    return n;
}
