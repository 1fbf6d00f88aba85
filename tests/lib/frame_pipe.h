/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * An encoder and a decoder of frames in one process, with the bytes between
 * them in memory, and a guest at each end: for tests of either.
 */
#ifndef TESTS_FRAME_PIPE_H
#define TESTS_FRAME_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/wire/record_dec.h"
#include "libxl-ext/wire/record_enc.h"

enum { PIPE_PAGES = 2048, PIPE_PAGE = 4096 };

struct frame_pipe {
    struct record_enc *enc;
    struct record_dec *dec;
    enum pack_how how;
    uint8_t *wire;            /* all that was emitted */
    size_t len, size, at;     /* read up to `at` */
    int emit_rc;              /* what the next frame fails with */
    uint8_t *source, *target; /* memory of both guests */
    int map_rc;
    unsigned mapped; /* mappings that were not given back */
    /* what libxc wrote, and has read */
    uint8_t *wrote, *read;
    size_t wrote_len, read_len;
};

/* The guest has PIPE_PAGES pages; the target's are 0xa5. */
void frame_pipe_init(struct frame_pipe *p, size_t cache_pages,
                     enum pack_how how);
void frame_pipe_dispose(struct frame_pipe *p);
/* As libxc: heads of a stream of an HVM (or PV) guest. */
int frame_pipe_heads(struct frame_pipe *p, bool pv);
/* A record with these elements, and the source's pages of those with data. */
int frame_pipe_pages(struct frame_pipe *p, const uint64_t *elements, size_t n);
int frame_pipe_record(struct frame_pipe *p, uint32_t type, const void *data,
                      size_t len);
/* As libxc: reads the heads, then record after record, and writes their pages
 * to the target. 0 when all was read, else what went wrong. */
int frame_pipe_drain(struct frame_pipe *p);
/* A new decoder, which begins at the first byte and at a guest of its own: the
 * pipe is a copy of another one, and is no longer disposed of but by
 * frame_pipe_again_end(). */
void frame_pipe_again(struct frame_pipe *p);
void frame_pipe_again_end(struct frame_pipe *p);

#endif
