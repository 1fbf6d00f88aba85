/* SPDX-License-Identifier: LGPL-2.1-only */
/* Puts bytes in order that come in any order. */
#include "libxl-ext/wire/stream_in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int stream_in_init(struct stream_in *s, size_t size)
{
    memset(s, 0, sizeof *s);
    s->size = size;
    s->end = UINT64_MAX;
    s->ring = malloc(size);
    s->range = calloc(CHUNK_FLIGHT, sizeof *s->range);
    if (s->ring && s->range)
        return 0;
    stream_in_dispose(s);
    return -ENOMEM;
}

void stream_in_dispose(struct stream_in *s)
{
    free(s->ring);
    free(s->range);
    memset(s, 0, sizeof *s);
}

static size_t in_least(size_t a, uint64_t b)
{
    return b < a ? (size_t)b : a;
}

/* --- what comes ------------------------------------------------------------------- */

int stream_in_begin(const struct stream_in *s, uint64_t offset, size_t length)
{
    uint64_t to = offset + length;

    return to > stream_in_limit(s) || to > s->end ? -EPROTO : 0;
}

/* The first range that does not end in front of the offset. */
static unsigned in_find(const struct stream_in *s, uint64_t offset)
{
    unsigned low = 0, high = s->n;

    while (low < high) {
        unsigned mid = (low + high) / 2;

        if (s->range[mid].to < offset)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

uint8_t *stream_in_place(const struct stream_in *s, uint64_t offset, size_t n,
                         size_t *n_r)
{
    unsigned i = in_find(s, offset + 1);
    const struct in_range *next = i < s->n ? &s->range[i] : NULL;
    size_t at = (size_t)(offset % s->size);

    if (offset < s->whole) {
        *n_r = in_least(n, s->whole - offset);
        return NULL;
    }
    if (next && next->from <= offset) {
        *n_r = in_least(n, next->to - offset);
        return NULL;
    }
    n = in_least(n, s->size - at);
    *n_r = next ? in_least(n, next->from - offset) : n;
    return s->ring + at;
}

/* Ranges that touch become one. */
static int in_add(struct stream_in *s, uint64_t from, uint64_t to)
{
    unsigned i = in_find(s, from), j = i;

    while (j < s->n && s->range[j].from <= to) {
        if (s->range[j].from < from)
            from = s->range[j].from;
        if (s->range[j].to > to)
            to = s->range[j].to;
        j++;
    }
    if (i == j && s->n == CHUNK_FLIGHT)
        return -EPROTO;
    memmove(&s->range[i + 1], &s->range[j], (s->n - j) * sizeof *s->range);
    s->range[i] = (struct in_range){ from, to };
    s->n = s->n + 1 - (j - i);
    return 0;
}

int stream_in_came(struct stream_in *s, uint64_t offset, size_t n)
{
    size_t fresh;
    int rc;

    if (!stream_in_place(s, offset, n, &fresh)) {
        s->again += fresh;
        return 0;
    }
    if (offset + n > s->end) /* which was said after the chunk had begun */
        return -EPROTO;
    rc = in_add(s, offset, offset + n);
    if (rc || s->range[0].from > s->whole)
        return rc;
    s->whole = s->range[0].to;
    s->n--;
    memmove(s->range, s->range + 1, s->n * sizeof *s->range);
    return 0;
}

int stream_in_end(struct stream_in *s, uint64_t offset)
{
    uint64_t top = s->n ? s->range[s->n - 1].to : s->whole;

    if (offset < top || (s->end != UINT64_MAX && s->end != offset))
        return -EPROTO;
    s->end = offset;
    return 0;
}

uint64_t stream_in_ack(const struct stream_in *s)
{
    return s->whole + (s->whole == s->end);
}

uint64_t stream_in_limit(const struct stream_in *s)
{
    return s->taken + s->size;
}

/* --- what is taken ------------------------------------------------------------------ */

const uint8_t *stream_in_peek(const struct stream_in *s, size_t *n_r)
{
    size_t at = (size_t)(s->taken % s->size);

    *n_r = in_least(s->size - at, s->whole - s->taken);
    return s->ring + at;
}

void stream_in_take(struct stream_in *s, size_t n)
{
    s->taken += n;
}

bool stream_in_over(const struct stream_in *s)
{
    return s->taken == s->end;
}
