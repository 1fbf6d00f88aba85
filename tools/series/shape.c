/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lays the samples of a guest or a host out in a file. */
#include "tools/series/shape.h"

#include <string.h>

#include "tools/base/crc32.h"

/* A block more than the time that a level has to keep: the oldest is replaced
 * as a whole. */
static const struct {
    uint32_t step_s, slots, blocks;
    uint32_t bytes[METRIC_KINDS]; /* of a block */
} shape_rows[SHAPE_LEVELS] = {
    { 1, 60, 11, { 432, 512 } },
    { 10, 120, 73, { 400, 768 } },
    { 300, 144, 121, { 288, 768 } },
};

static void shape_add(struct level *l, unsigned metric, enum channel_what what,
                      unsigned keep, int base)
{
    l->channel[l->n++] = (struct channel){
        .metric = (uint8_t)metric,
        .what = (uint8_t)what,
        .keep = (uint8_t)keep,
        .base = (int8_t)base,
    };
}

static void shape_channels(struct level *l, enum metric_kind kind,
                           unsigned level)
{
    unsigned n;
    const struct metric *m = metric_table(kind, &n);

    for (unsigned i = 0; i < n; i++)
        shape_add(l, i, CHANNEL_MEAN, m[i].keep, -1);
    for (unsigned i = 0; i < n; i++)
        if (level > 0 && m[i].flags & METRIC_MAX)
            shape_add(l, i, CHANNEL_MAX, m[i].keep, (int)i);
    for (unsigned i = 0; i < n; i++)
        if (level > 1 && m[i].flags & METRIC_P95)
            shape_add(l, i, CHANNEL_P95, m[i].keep, (int)i);
}

/* What the bytes of a file mean depends on all of this. */
static uint32_t shape_id(const struct shape *s)
{
    unsigned n;
    const struct metric *m = metric_table(s->kind, &n);
    uint32_t id = crc32_add(0, shape_rows, sizeof shape_rows);

    for (unsigned i = 0; i < n; i++) {
        id = crc32_add(id, m[i].name, strlen(m[i].name) + 1);
        id = crc32_add(id, &m[i].least, sizeof m[i].least);
        id = crc32_add(id, &m[i].flags, sizeof m[i].flags);
        id = crc32_add(id, &m[i].keep, sizeof m[i].keep);
    }
    return id;
}

void shape_init(struct shape *s, enum metric_kind kind)
{
    size_t at = 2 * SHAPE_HEADER;

    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->id = shape_id(s);
    for (unsigned i = 0; i < SHAPE_LEVELS; i++) {
        struct level *l = &s->level[i];

        l->step_s = shape_rows[i].step_s;
        l->slots = shape_rows[i].slots;
        l->blocks = shape_rows[i].blocks;
        l->bytes = shape_rows[i].bytes[kind];
        shape_channels(l, kind, i);
        l->tail = at;
        at += (size_t)l->slots * (SHAPE_RECORD + l->n);
        l->ring = at;
        at += (size_t)l->blocks * l->bytes;
    }
    s->size = at;
}

int shape_channel(const struct level *l, unsigned metric,
                  enum channel_what what)
{
    for (unsigned i = 0; i < l->n; i++)
        if (l->channel[i].metric == metric && l->channel[i].what == what)
            return (int)i;
    return -1;
}

unsigned shape_level(const struct shape *s, uint64_t seconds)
{
    unsigned i = 0;

    while (i + 1 < SHAPE_LEVELS && seconds > (uint64_t)s->level[i].step_s *
                                                 s->level[i].slots *
                                                 (s->level[i].blocks - 1))
        i++;
    return i;
}
