/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the two files of the decoder share: record_dec.c reads frames and gives
 * libxc its bytes, page_dec.c brings pages back.
 */
#ifndef XLX_WIRE_RECORD_DEC_IMPL_H
#define XLX_WIRE_RECORD_DEC_IMPL_H

#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/pack.h"
#include "libxl-ext/wire/pfn_list.h"
#include "libxl-ext/wire/record_dec.h"

/* A record's head as libxc reads it: type, length, count, 0, the list. */
enum { DEC_LIST = 16, DEC_HEAD = DEC_LIST + 8 * FRAME_RECORD };

struct record_dec {
    struct record_dec_setup s;
    struct pack *pack;
    enum { DEC_NEW, DEC_FRAMES, DEC_PLAIN } mode;
    uint32_t seq;
    /* bytes that are ready for libxc */
    const uint8_t *ready;
    size_t ready_len;
    /* the record in hand: its elements with data, and how many have come */
    uint64_t elements[FRAME_RECORD], data[FRAME_RECORD];
    size_t n_data, done;
    uint8_t head[DEC_HEAD], payload[FRAME_PAYLOAD], raw[FRAME_RAW];
};

/* page_dec.c. The pages of a frame, whose payload was read, to where libxc
 * wants them, which has room for `room` of them. 0 or a negative errno. */
int dec_pages(struct record_dec *d, const struct frame *f, uint8_t *to,
              size_t room, size_t *pages_r);

#endif
