/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Chooses how frames are compressed while they are sent, by what is waited for.
 * Where writing a frame means to wait for the link, more work for fewer bytes
 * pays; where the link waits for the processor, less does. Pure: the caller
 * brings the times.
 */
#ifndef XLX_WIRE_PACK_CHOICE_H
#define XLX_WIRE_PACK_CHOICE_H

#include <stdbool.h>
#include <stdint.h>

#include "libxl-ext/wire/pack.h"

/* What the setting `codec` may say. CODEC_OFF: no frames at all. */
enum codec_wish {
    CODEC_OFF,
    CODEC_AUTO,
    CODEC_NONE, /* zero pages and deltas, and no compression */
    CODEC_LZ4,
    CODEC_ZSTD,
    CODEC_LAST = CODEC_ZSTD
};
const char *codec_wish_name(enum codec_wish w);
/* 0 or -EINVAL. */
int codec_wish_parse(const char *s, enum codec_wish *w);

struct pack_choice {
    enum pack_how how; /* of the next frame */
    bool fixed;
    unsigned frames;           /* of this window */
    uint64_t work_ns, wait_ns; /* in it */
    unsigned patience,
        rested; /* windows between two trials of a stronger one */
    bool tried; /* the newest step was up */
};

void pack_choice_init(struct pack_choice *c, enum codec_wish w);
/* A frame took so long to make, and to write. */
void pack_choice_note(struct pack_choice *c, uint64_t work_ns,
                      uint64_t wait_ns);

#endif
