/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes and reads the heads of frames and the entries of pages. */
#include "libxl-ext/wire/frame.h"

#include <errno.h>
#include <stdbool.h>

#include "libxl-ext/wire/pack.h"

const uint8_t frame_magic[FRAME_MAGIC_LEN] = "rackhop pages 1\n";

static void frame_put_number(uint8_t *to, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        to[i] = (uint8_t)(v >> 8 * i);
}

static uint64_t frame_get_number(const uint8_t *from, unsigned bytes)
{
    uint64_t v = 0;

    for (unsigned i = 0; i < bytes; i++)
        v |= (uint64_t)from[i] << 8 * i;
    return v;
}

void frame_put(const struct frame *f, uint8_t head[FRAME_HEAD])
{
    frame_put_number(head, f->length, 4);
    frame_put_number(head + 4, f->raw, 4);
    frame_put_number(head + 8, f->entries, 2);
    head[10] = (uint8_t)f->type;
    head[11] = f->how;
    frame_put_number(head + 12, f->seq, 4);
    frame_put_number(head + 16, f->digest, 8);
}

/* What was not compressed has its own length; what was is shorter. */
static bool frame_bytes_ok(const struct frame *f, size_t packed)
{
    if (f->raw > FRAME_RAW || f->how > PACK_LAST)
        return false;
    return f->how == PACK_NONE ? packed == f->raw : packed && packed < f->raw;
}

static bool frame_ok(const struct frame *f)
{
    size_t table = 2 * (size_t)f->entries;

    switch (f->type) {
    case FRAME_OF_BYTES:
        return !f->entries && f->raw && frame_bytes_ok(f, f->length);
    case FRAME_OF_PFNS:
        return f->entries && f->entries <= FRAME_RECORD && f->length &&
               f->length <= FRAME_PFNS && f->raw == f->length &&
               f->how == PACK_NONE;
    case FRAME_OF_PAGES:
        return f->entries && f->entries <= FRAME_RECORD &&
               f->length >= table && frame_bytes_ok(f, f->length - table);
    }
    return false;
}

int frame_get(struct frame *f, const uint8_t head[FRAME_HEAD])
{
    *f = (struct frame){
        .length = (uint32_t)frame_get_number(head, 4),
        .raw = (uint32_t)frame_get_number(head + 4, 4),
        .entries = (uint16_t)frame_get_number(head + 8, 2),
        .type = (enum frame_type)head[10],
        .how = head[11],
        .seq = (uint32_t)frame_get_number(head + 12, 4),
        .digest = frame_get_number(head + 16, 8),
    };
    return frame_ok(f) ? 0 : -EPROTO;
}

enum { ENTRY_SHIFT = 14, ENTRY_N = (1 << ENTRY_SHIFT) - 1 };

void entry_put(struct entry e, uint8_t at[2])
{
    frame_put_number(at, (unsigned)e.kind << ENTRY_SHIFT | e.n, 2);
}

struct entry entry_get(const uint8_t at[2])
{
    unsigned v = (unsigned)frame_get_number(at, 2);

    return (struct entry){ (enum entry_kind)(v >> ENTRY_SHIFT),
                           (uint16_t)(v & ENTRY_N) };
}

size_t entry_pages(struct entry e)
{
    return e.kind == ENTRY_DELTA ? 1 : e.n;
}

size_t entry_bytes(struct entry e)
{
    switch (e.kind) {
    case ENTRY_ZERO:
    case ENTRY_SAME: break;
    case ENTRY_RAW: return (size_t)e.n * FRAME_PAGE;
    case ENTRY_DELTA: return e.n;
    }
    return 0;
}
