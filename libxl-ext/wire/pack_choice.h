/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Chooses how frames are compressed while they are sent, by what each way costs:
 * the time that it works on a byte of memory, or the time that the link takes
 * for what comes of it, whichever is longer. Pure: the caller brings the times.
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

/* One frame: how long it was worked on, and the link waited for; its bytes
 * before they were compressed, and on the wire. */
struct pack_sent {
    uint64_t work_ns, wait_ns;
    uint64_t raw, wire;
};

struct pack_choice {
    enum pack_how how; /* of the next frame */
    /* private */
    bool fixed;
    enum pack_how best; /* of the ways that were tried; `how` may be a trial */
    unsigned frames;    /* of this window */
    struct pack_sent sum;
    struct pack_way {
        bool known;
        double work_ns, ratio;  /* for a byte: time, bytes on the wire */
        unsigned age, patience; /* windows since it was tried, and between two
                                   trials */
    } way[PACK_LAST + 1];
    double link_ns;  /* that the link takes for a byte; 0: nothing is known */
    double limit_ns; /* it takes that at least; 0: there is no limit */
};

void pack_choice_init(struct pack_choice *c, enum codec_wish w);
/* The move may send so many bytes/s; 0: any number. It may change. Buffers hide
 * for a while that such a link is slow. */
void pack_choice_limit(struct pack_choice *c, uint64_t rate);
void pack_choice_note(struct pack_choice *c, const struct pack_sent *s);

#endif
