/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compresses the tail of a stream, and brings it back. */
#include "libxl-ext/wire/tail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/digest.h"
#include "libxl-ext/wire/frame.h"

static void tail_put_sum(uint8_t head[TAIL_HEAD], size_t n)
{
    for (int i = 0; i < TAIL_HEAD; i++)
        head[i] = (uint8_t)((uint64_t)n >> 8 * i);
}

/* 0: no encoder writes it. */
static size_t tail_get_sum(const uint8_t head[TAIL_HEAD])
{
    uint64_t n = 0;

    for (int i = 0; i < TAIL_HEAD; i++)
        n |= (uint64_t)head[i] << 8 * i;
    return n <= TAIL_MAX ? (size_t)n : 0;
}

/* --- one way ----------------------------------------------------------------------- */

/* The next frame, at `to`, which has room for it as it is: its length. */
static size_t tail_frame(struct pack *p, enum pack_how how, uint32_t seq,
                         const uint8_t *bytes, size_t n, uint8_t *to)
{
    uint8_t *payload = to + FRAME_HEAD;
    size_t packed = pack_shrink(p, how, bytes, n, payload);
    struct frame f = {
        .type = FRAME_OF_BYTES,
        .how = packed ? (uint8_t)how : PACK_NONE,
        .length = (uint32_t)(packed ? packed : n),
        .raw = (uint32_t)n,
        .seq = seq,
        .digest = digest_add(seq, bytes, n),
    };

    if (!packed)
        memcpy(payload, bytes, n);
    frame_put(&f, to);
    return FRAME_HEAD + f.length;
}

int tail_encode(const uint8_t *bytes, size_t n, enum pack_how how,
                uint8_t **wire_r, size_t *wire_len_r)
{
    size_t frames = (n + FRAME_RAW - 1) / FRAME_RAW, len = TAIL_HEAD;
    struct pack *p;
    uint8_t *wire;
    uint32_t seq = 0;

    if (!n || n > TAIL_MAX)
        return -EMSGSIZE;
    p = pack_new();
    wire = p ? malloc(TAIL_HEAD + n + frames * FRAME_HEAD) : NULL;
    if (!wire) {
        pack_free(p);
        return -ENOMEM;
    }
    tail_put_sum(wire, n);
    for (size_t at = 0, k; at < n; at += k) {
        k = n - at < FRAME_RAW ? n - at : FRAME_RAW;
        len += tail_frame(p, how, seq++, bytes + at, k, wire + len);
    }
    pack_free(p);
    *wire_r = wire;
    *wire_len_r = len;
    return 0;
}

/* --- the other --------------------------------------------------------------------- */

struct tail {
    int (*read)(void *arg, void *buf, size_t n);
    void *arg;
    struct pack *pack;
    uint8_t *bytes;
    size_t n, room, sum;
    uint32_t seq;
    uint8_t payload[FRAME_RAW];
};

static int tail_make_room(struct tail *t, size_t more)
{
    size_t room = 2 * (t->n + more);
    uint8_t *bytes;

    if (t->n + more <= t->room)
        return 0;
    if (room > t->sum)
        room = t->sum;
    bytes = realloc(t->bytes, room);
    if (!bytes)
        return -ENOMEM;
    t->bytes = bytes;
    t->room = room;
    return 0;
}

static int tail_take_frame(struct tail *t)
{
    uint8_t head[FRAME_HEAD];
    struct frame f;
    int rc = t->read(t->arg, head, sizeof head);

    if (!rc)
        rc = frame_get(&f, head);
    if (rc)
        return rc;
    if (f.type != FRAME_OF_BYTES || f.seq != t->seq++ || f.raw > t->sum - t->n)
        return -EPROTO;
    rc = t->read(t->arg, t->payload, f.length);
    if (!rc)
        rc = tail_make_room(t, f.raw);
    if (!rc)
        rc = pack_restore(t->pack, (enum pack_how)f.how, t->payload, f.length,
                          t->bytes + t->n, f.raw);
    if (!rc && digest_add(f.seq, t->bytes + t->n, f.raw) != f.digest)
        rc = -EBADMSG;
    if (!rc)
        t->n += f.raw;
    return rc;
}

static int tail_take(struct tail *t)
{
    uint8_t head[TAIL_HEAD];
    int rc = t->read(t->arg, head, sizeof head);

    t->sum = rc ? 0 : tail_get_sum(head);
    if (!rc && !t->sum)
        rc = -EPROTO;
    while (!rc && t->n < t->sum)
        rc = tail_take_frame(t);
    return rc;
}

int tail_decode(int (*read)(void *arg, void *buf, size_t n), void *arg,
                uint8_t **bytes_r, size_t *n_r)
{
    struct tail *t = calloc(1, sizeof *t);
    int rc = -ENOMEM;

    if (!t)
        return rc;
    t->read = read;
    t->arg = arg;
    t->pack = pack_new();
    if (t->pack)
        rc = tail_take(t);
    if (!rc) {
        *bytes_r = t->bytes;
        *n_r = t->n;
        t->bytes = NULL;
    }
    free(t->bytes);
    pack_free(t->pack);
    free(t);
    return rc;
}
