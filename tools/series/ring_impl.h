/* SPDX-License-Identifier: LGPL-2.1-only */
/* The records and blocks of a file of samples, for those who read and write
 * them. */
#ifndef RACKHOP_SERIES_RING_IMPL_H
#define RACKHOP_SERIES_RING_IMPL_H

#include "tools/series/ring.h"

struct ring {
    int fd;
    bool
        damaged; /* no header was whole when it was opened, and not for want of
                     anything in them */
    const struct shape *shape;
    uint32_t newest[SHAPE_LEVELS]; /* slot; 0: none */
    char name[RING_NAME];
};

/* The number of the block that a slot belongs to. */
static inline uint32_t ring_block_of(const struct level *l, uint32_t slot)
{
    return slot / l->slots;
}

/* The whole of it, or a negative errno. Behind the end of a file are zeros. */
int ring_pread(struct ring *r, void *to, size_t len, size_t at);
int ring_pwrite(struct ring *r, const void *from, size_t len, size_t at);

/* 0; -ENOENT: neither of the two is whole; -EPROTONOSUPPORT: another
 * version's. */
int ring_header_read(struct ring *r);
int ring_header_write(struct ring *r);

/* The block's codes from its place in the ring. -ENOENT: it is not there, or
 * not whole; the codes are not touched then. */
int block_read(struct ring *r, unsigned level, uint32_t block, uint8_t *codes);
int block_write(struct ring *r, unsigned level, uint32_t block,
                const uint8_t *codes);
/* Which block is whole at a place of the ring; 0: none. */
uint32_t block_at(struct ring *r, unsigned level, uint32_t place);
int block_erase(struct ring *r, unsigned level, uint32_t place);

/* All records of the tail that are of this block, laid over the codes. How
 * many; or a negative errno. */
int tail_read(struct ring *r, unsigned level, uint32_t block, uint8_t *codes);
int tail_put(struct ring *r, unsigned level, uint32_t slot,
             const uint8_t *codes);
/* The newest slot in the tail, and the newest of an older block than its; 0:
 * none. */
int tail_newest(struct ring *r, unsigned level, uint32_t *newest_r,
                uint32_t *older_r);
int tail_erase_after(struct ring *r, unsigned level, uint32_t slot);

#endif
