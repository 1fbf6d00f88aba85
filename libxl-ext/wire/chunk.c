/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads the heads of chunks. */
#include "libxl-ext/wire/chunk.h"

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct chunk_wire {
    uint32_t length;
    uint8_t type, stream;
    uint16_t zero;
    uint64_t offset, limit;
};
_Static_assert(sizeof(struct chunk_wire) == CHUNK_HEAD, "no padding");

void chunk_put(const struct chunk *c, uint8_t head[CHUNK_HEAD])
{
    const struct chunk_wire w = { .length = htole32(c->length),
                                  .type = (uint8_t)c->type,
                                  .stream = c->stream,
                                  .offset = htole64(c->offset),
                                  .limit = htole64(c->limit) };

    memcpy(head, &w, sizeof w);
}

static bool chunk_ok(const struct chunk *c)
{
    bool limited = c->type == CHUNK_ACK;

    if (c->offset > CHUNK_OFFSET_MAX || c->limit > CHUNK_OFFSET_MAX)
        return false;
    if (c->stream >= (c->type == CHUNK_HELLO ? CHUNK_LANES : CHUNK_STREAMS))
        return false;
    switch (c->type) {
    case CHUNK_DATA:
        return c->length && c->length <= CHUNK_DATA_MAX && !c->limit;
    case CHUNK_HELLO:
        return c->length <= CHUNK_SKIP_MAX && c->offset && !c->limit;
    case CHUNK_ACK:
    case CHUNK_END:
    case CHUNK_PING:
    case CHUNK_BYE:
        return c->length <= CHUNK_SKIP_MAX && (limited || !c->limit);
    }
    return false;
}

int chunk_get(struct chunk *c, const uint8_t head[CHUNK_HEAD])
{
    struct chunk_wire w;

    memcpy(&w, head, sizeof w);
    *c = (struct chunk){ .type = (enum chunk_type)w.type,
                         .stream = w.stream,
                         .length = le32toh(w.length),
                         .offset = le64toh(w.offset),
                         .limit = le64toh(w.limit) };
    return !w.zero && chunk_ok(c) ? 0 : -EPROTO;
}
