/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds the difference of two pages a word at a time, and applies it. A run of
 * new bytes goes on until a whole word is equal: what begins a run costs two
 * bytes or three, so shorter pauses would gain nothing.
 */
#include "libxl-ext/wire/delta.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { WORD = sizeof(uint64_t), RUN_HEAD = 4 };

static uint64_t delta_word(const uint8_t *old, const uint8_t *page, size_t at)
{
    uint64_t a, b;

    memcpy(&a, old + at, WORD);
    memcpy(&b, page + at, WORD);
    return a ^ b;
}

/* The first word from `at` on that differs (or is equal), or the page's end. */
static size_t delta_find(const uint8_t *old, const uint8_t *page, size_t at,
                         bool differs)
{
    while (at < FRAME_PAGE && (delta_word(old, page, at) != 0) != differs)
        at += WORD;
    return at;
}

static size_t delta_put_number(uint8_t *to, size_t v)
{
    size_t n = 0;

    for (; v > 0x7f; v >>= 7)
        to[n++] = (uint8_t)(v | 0x80);
    to[n++] = (uint8_t)v;
    return n;
}

/* A run of words that differ, without the equal bytes at its ends. */
static void delta_trim(const uint8_t *old, const uint8_t *page, size_t *from,
                       size_t *to)
{
    while (old[*from] == page[*from])
        (*from)++;
    while (old[*to - 1] == page[*to - 1])
        (*to)--;
}

int delta_encode(const uint8_t *old, const uint8_t *page, uint8_t *buf)
{
    size_t at = 0, done = 0, n = 0;

    while ((at = delta_find(old, page, at, true)) < FRAME_PAGE) {
        size_t end = delta_find(old, page, at, false), from = at, to = end;

        delta_trim(old, page, &from, &to);
        if (n + RUN_HEAD + (to - from) > DELTA_MAX)
            return -1;
        n += delta_put_number(buf + n, from - done);
        n += delta_put_number(buf + n, to - from);
        memcpy(buf + n, page + from, to - from);
        n += to - from;
        done = to;
        at = end;
    }
    return (int)n;
}

/* A number of at most two bytes: a page has no more than 4096 of anything. */
static int delta_get_number(const uint8_t **p, const uint8_t *end, size_t *v)
{
    *v = 0;
    for (unsigned shift = 0; shift < 14 && *p < end; shift += 7) {
        uint8_t b = *(*p)++;

        *v |= (size_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return 0;
    }
    return -EPROTO;
}

int delta_apply(uint8_t *page, const uint8_t *delta, size_t len)
{
    const uint8_t *p = delta, *end = delta + len;
    size_t at = 0, skip, n;

    while (p < end) {
        if (delta_get_number(&p, end, &skip) ||
            delta_get_number(&p, end, &n) || !n || skip > FRAME_PAGE - at ||
            n > FRAME_PAGE - at - skip || n > (size_t)(end - p))
            return -EPROTO;
        memcpy(page + at + skip, p, n);
        at += skip + n;
        p += n;
    }
    return 0;
}
