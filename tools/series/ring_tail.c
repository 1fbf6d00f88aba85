/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes the slots of the open block of a file of samples, each a
 * record with a checksum. */
#include "tools/series/ring_impl.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "tools/base/crc32.h"

struct tail_head {
    uint32_t crc, slot;
};
_Static_assert(sizeof(struct tail_head) == SHAPE_RECORD, "as in shape.h");

enum { RECORD_MOST = SHAPE_RECORD + SHAPE_CHANNELS };

static size_t tail_record(const struct level *l)
{
    return SHAPE_RECORD + l->n;
}

static uint32_t tail_crc(const struct ring *r, unsigned level,
                         const uint8_t *record)
{
    uint32_t seed[2] = { htole32(r->shape->id), htole32(level) };

    return crc32_add(crc32_add(0, seed, sizeof seed),
                     record + sizeof(uint32_t),
                     tail_record(&r->shape->level[level]) - sizeof(uint32_t));
}

/* The slot of a record at its place; 0: it is not whole. */
static uint32_t tail_slot(const struct ring *r, unsigned level, uint32_t place,
                          const uint8_t *record)
{
    struct tail_head h;

    memcpy(&h, record, sizeof h);
    if (le32toh(h.crc) != tail_crc(r, level, record) ||
        le32toh(h.slot) % r->shape->level[level].slots != place)
        return 0;
    return le32toh(h.slot);
}

int tail_put(struct ring *r, unsigned level, uint32_t slot,
             const uint8_t *codes)
{
    const struct level *l = &r->shape->level[level];
    struct tail_head h = { .slot = htole32(slot) };
    uint8_t record[RECORD_MOST];

    memcpy(record, &h, sizeof h);
    memcpy(record + sizeof h, codes, l->n);
    h.crc = htole32(tail_crc(r, level, record));
    memcpy(record, &h, sizeof h);
    return ring_pwrite(r, record, tail_record(l),
                       l->tail + slot % l->slots * tail_record(l));
}

/* Calls each() for every whole record. It may change the record. */
static int tail_each(struct ring *r, unsigned level,
                     void (*each)(void *arg, struct ring *r, unsigned level,
                                  uint32_t slot, const uint8_t *codes),
                     void *arg)
{
    const struct level *l = &r->shape->level[level];
    uint8_t bytes[SHAPE_SLOTS * RECORD_MOST];
    int rc = ring_pread(r, bytes, l->slots * tail_record(l), l->tail);

    for (uint32_t i = 0; i < l->slots && !rc; i++) {
        const uint8_t *record = bytes + i * tail_record(l);
        uint32_t slot = tail_slot(r, level, i, record);

        if (slot)
            each(arg, r, level, slot, record + SHAPE_RECORD);
    }
    return rc;
}

struct tail_of_block {
    uint32_t block;
    uint8_t *codes;
    int n;
};

static void tail_lay(void *arg, struct ring *r, unsigned level, uint32_t slot,
                     const uint8_t *codes)
{
    const struct level *l = &r->shape->level[level];
    struct tail_of_block *t = arg;

    if (ring_block_of(l, slot) != t->block)
        return;
    memcpy(t->codes + slot % l->slots * l->n, codes, l->n);
    t->n++;
}

int tail_read(struct ring *r, unsigned level, uint32_t block, uint8_t *codes)
{
    struct tail_of_block t = { block, codes, 0 };
    int rc = tail_each(r, level, tail_lay, &t);

    return rc ? rc : t.n;
}

struct tail_ends {
    uint32_t newest, older;
};

static void tail_look(void *arg, struct ring *r, unsigned level, uint32_t slot,
                      const uint8_t *codes)
{
    const struct level *l = &r->shape->level[level];
    struct tail_ends *e = arg;
    uint32_t block = ring_block_of(l, slot);

    if (slot > e->newest) {
        if (e->newest && ring_block_of(l, e->newest) < block &&
            e->newest > e->older)
            e->older = e->newest;
        e->newest = slot;
    } else if (block < ring_block_of(l, e->newest) && slot > e->older) {
        e->older = slot;
    }
}

int tail_newest(struct ring *r, unsigned level, uint32_t *newest_r,
                uint32_t *older_r)
{
    struct tail_ends e = { 0, 0 };
    int rc = tail_each(r, level, tail_look, &e);

    *newest_r = e.newest;
    *older_r = e.older;
    return rc;
}

struct tail_erase {
    uint32_t after;
    int rc;
};

static void tail_erase(void *arg, struct ring *r, unsigned level,
                       uint32_t slot, const uint8_t *codes)
{
    const struct level *l = &r->shape->level[level];
    const uint8_t nothing[RECORD_MOST] = { 0 };
    struct tail_erase *e = arg;

    if (slot > e->after && !e->rc)
        e->rc = ring_pwrite(r, nothing, tail_record(l),
                            l->tail + slot % l->slots * tail_record(l));
}

int tail_erase_after(struct ring *r, unsigned level, uint32_t slot)
{
    struct tail_erase e = { slot, 0 };
    int rc = tail_each(r, level, tail_erase, &e);

    return rc ? rc : e.rc;
}
