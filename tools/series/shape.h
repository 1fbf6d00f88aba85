/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How the samples of a guest or a host are laid out in a file: three levels,
 * 1 s for 10 min, 10 s for a day, 5 min for 60 days. A level is a ring of
 * blocks; a block has a fixed number of slots, and a slot a code for each
 * channel. A channel is one figure of the level: a metric's mean, maximum or
 * 95th percentile.
 *
 * The file of a guest has 80 KiB, that of a host at most 192: 8 MiB for 100
 * guests and their host.
 */
#ifndef RACKHOP_SERIES_SHAPE_H
#define RACKHOP_SERIES_SHAPE_H

#include <stddef.h>
#include <stdint.h>

#include "tools/series/metric.h"

enum {
    SHAPE_LEVELS = 3,
    SHAPE_CHANNELS = 40,   /* most */
    SHAPE_SLOTS = 144,     /* most, of a block */
    SHAPE_BLOCK = 1024,    /* bytes, most */
    SHAPE_HEADER = 512,    /* bytes; the file begins with two */
    SHAPE_RECORD = 8,      /* of a slot, before its codes */
    SHAPE_BLOCK_HEAD = 12, /* of a block, before its packed codes */
};

enum channel_what { CHANNEL_MEAN, CHANNEL_MAX, CHANNEL_P95 };

struct channel {
    uint8_t metric, what, keep;
    int8_t base; /* the channel that this one is never below; < 0: none */
};

struct level {
    uint32_t step_s, slots, blocks;
    uint32_t bytes; /* of a block */
    unsigned n;
    struct channel channel[SHAPE_CHANNELS];
    size_t tail; /* where the slots of the open block stand in the file */
    size_t ring; /* where the blocks stand */
};

struct shape {
    enum metric_kind kind;
    uint32_t id; /* another one for each change of the layout */
    struct level level[SHAPE_LEVELS];
    size_t size; /* of the file */
};

void shape_init(struct shape *s, enum metric_kind kind);
/* The channel of a level with that figure; < 0: it has none. */
int shape_channel(const struct level *l, unsigned metric,
                  enum channel_what what);
/* The finest level that reaches back so many seconds. */
unsigned shape_level(const struct shape *s, uint64_t seconds);

#endif
