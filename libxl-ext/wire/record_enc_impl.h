/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the two files of the encoder share: record_enc.c tells records with
 * pages from other bytes, page_enc.c makes frames of pages.
 */
#ifndef XLX_WIRE_RECORD_ENC_IMPL_H
#define XLX_WIRE_RECORD_ENC_IMPL_H

#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/page_cache.h"
#include "libxl-ext/wire/pfn_list.h"
#include "libxl-ext/wire/record_enc.h"

struct record_enc {
    struct record_enc_setup s;
    struct record_enc_stats stats;
    struct pack *pack;
    struct page_cache *cache; /* NULL: no deltas */
    bool first_pass;
    struct record_enc_again again; /* look: NULL: no page is left out */
    size_t heads;                  /* bytes of the stream's heads so far */
    uint32_t seq;
    /* of the record in hand: its pages, where they have data */
    uint64_t elements[FRAME_RECORD];
    const uint8_t *pages[FRAME_RECORD];
    /* the frame in hand */
    struct {
        uint16_t n, pages; /* entries; pages that have bytes */
        struct entry last;
        uint64_t digest;
        size_t len;
    } batch;
    uint8_t table[2 * FRAME_RECORD];
    uint8_t bytes[FRAME_RAW], packed[FRAME_RAW], list[FRAME_PFNS];
};

/* A place in a vector. */
struct vec {
    const struct iovec *v;
    int n;
    size_t at; /* in v[0] */
};
/* Copies up to `want` bytes and goes past them: how many there were. */
size_t vec_take(struct vec *c, void *to, size_t want);
/* The next page, where it is; NULL: what is left has none in one piece. */
const uint8_t *vec_page(struct vec *c);

/* Writes a frame whose type, digest, length and so on are set. */
int enc_emit(struct record_enc *e, struct frame *f, const void *table,
             size_t table_len, const void *bytes);
/* Compresses bytes as it seems best, and notes in f how: what is to be sent,
 * and its length. */
const void *enc_pack(struct record_enc *e, struct frame *f,
                     const uint8_t *bytes, size_t n, size_t *len_r);

/* page_enc.c. The record of n e->elements and e->pages. */
int enc_pages(struct record_enc *e, size_t n);

#endif
