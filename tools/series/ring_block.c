/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes full blocks of a file of samples, each with a checksum. */
#include "tools/series/ring_impl.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "tools/base/crc32.h"
#include "tools/series/pack.h"

/* Before the packed codes: the checksum of the rest, the number, the pass. */
struct block_head {
    uint32_t crc, block;
    uint8_t pass, zero[3];
};
_Static_assert(sizeof(struct block_head) == SHAPE_BLOCK_HEAD, "as in shape.h");

static size_t block_offset(const struct level *l, uint32_t place)
{
    return l->ring + (size_t)place * l->bytes;
}

/* A block that strayed to another level or file is not one of this. */
static uint32_t block_crc(const struct ring *r, unsigned level,
                          const uint8_t *bytes)
{
    uint32_t seed[2] = { htole32(r->shape->id), htole32(level) };

    return crc32_add(crc32_add(0, seed, sizeof seed), bytes + sizeof(uint32_t),
                     r->shape->level[level].bytes - sizeof(uint32_t));
}

/* 0, and the bytes at a place: a whole block, its number in host order. */
static int block_load(struct ring *r, unsigned level, uint32_t place,
                      uint8_t bytes[SHAPE_BLOCK], struct block_head *h)
{
    const struct level *l = &r->shape->level[level];
    int rc = ring_pread(r, bytes, l->bytes, block_offset(l, place));

    if (rc)
        return rc;
    memcpy(h, bytes, sizeof *h);
    if (le32toh(h->crc) != block_crc(r, level, bytes))
        return -ENOENT;
    h->block = le32toh(h->block);
    return h->block && h->block % l->blocks == place ? 0 : -ENOENT;
}

int block_read(struct ring *r, unsigned level, uint32_t block, uint8_t *codes)
{
    const struct level *l = &r->shape->level[level];
    uint8_t bytes[SHAPE_BLOCK];
    struct block_head h;
    int rc = block_load(r, level, block % l->blocks, bytes, &h);

    if (rc)
        return rc;
    if (h.block != block)
        return -ENOENT;
    codes_unpack(l, h.pass, bytes + sizeof h, l->bytes - sizeof h, codes);
    return 0;
}

uint32_t block_at(struct ring *r, unsigned level, uint32_t place)
{
    uint8_t bytes[SHAPE_BLOCK];
    struct block_head h;

    return block_load(r, level, place, bytes, &h) ? 0 : h.block;
}

int block_erase(struct ring *r, unsigned level, uint32_t place)
{
    const struct level *l = &r->shape->level[level];
    const uint8_t bytes[SHAPE_BLOCK] = { 0 };

    return ring_pwrite(r, bytes, l->bytes, block_offset(l, place));
}

int block_write(struct ring *r, unsigned level, uint32_t block,
                const uint8_t *codes)
{
    const struct level *l = &r->shape->level[level];
    struct block_head h = { .block = htole32(block) };
    uint8_t bytes[SHAPE_BLOCK];
    int pass = codes_pack(l, codes, bytes + sizeof h, l->bytes - sizeof h);

    if (pass < 0)
        return -E2BIG;
    h.pass = (uint8_t)pass;
    memcpy(bytes, &h, sizeof h);
    h.crc = htole32(block_crc(r, level, bytes));
    memcpy(bytes, &h, sizeof h);
    return ring_pwrite(r, bytes, l->bytes, block_offset(l, block % l->blocks));
}
