/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Packs lists of page frame numbers. A run is a LEB128 number, its length times
 * two, plus one if a byte with another type than the run before follows; then
 * the distance from the end of the run before, with its sign in bit 0.
 */
#include "libxl-ext/wire/pfn_list.h"

#include <errno.h>

static size_t list_put(uint8_t *to, uint64_t v)
{
    size_t n = 0;

    for (; v > 0x7f; v >>= 7)
        to[n++] = (uint8_t)(v | 0x80);
    to[n++] = (uint8_t)v;
    return n;
}

static int list_get(const uint8_t **p, const uint8_t *end, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; shift < 56 && *p < end; shift += 7) {
        uint8_t b = *(*p)++;

        *v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return 0;
    }
    return -EPROTO;
}

static uint64_t list_zigzag(uint64_t from, uint64_t to)
{
    return to >= from ? (to - from) << 1 : (from - to) << 1 | 1;
}

size_t pfn_list_encode(const uint64_t *elements, size_t n,
                       uint8_t buf[FRAME_PFNS])
{
    uint64_t next = 0, type = 0;
    size_t len = 0, run;

    for (size_t i = 0; i < n; i += run) {
        uint64_t e = elements[i], t = e >> 60;

        if (e >> PFN_BITS & 0xff)
            return 0;
        for (run = 1; i + run < n && elements[i + run] == e + run &&
                      pfn_of(e + run) > pfn_of(e);)
            run++;
        len += list_put(buf + len, run << 1 | (t != type));
        if (t != type)
            buf[len++] = (uint8_t)t;
        len += list_put(buf + len, list_zigzag(next, pfn_of(e)));
        type = t;
        next = pfn_of(e) + run;
    }
    return len;
}

/* One run: its first element, and how many. */
static int list_get_run(const uint8_t **p, const uint8_t *end, uint64_t *type,
                        uint64_t *next, uint64_t *run)
{
    uint64_t head, gap;

    if (list_get(p, end, &head))
        return -EPROTO;
    if (head & 1) {
        if (*p == end || **p > 0xf)
            return -EPROTO;
        *type = *(*p)++;
    }
    if (list_get(p, end, &gap))
        return -EPROTO;
    *next = gap & 1 ? *next - (gap >> 1) : *next + (gap >> 1);
    *run = head >> 1;
    return 0;
}

int pfn_list_decode(const uint8_t *buf, size_t len, uint64_t *elements,
                    size_t n)
{
    const uint8_t *p = buf, *end = buf + len;
    uint64_t type = 0, next = 0, run;
    size_t at = 0;

    while (p < end) {
        if (list_get_run(&p, end, &type, &next, &run) || !run ||
            run > n - at || next > PFN_MASK || run - 1 > PFN_MASK - next)
            return -EPROTO;
        for (; run; run--)
            elements[at++] = type << 60 | next++;
    }
    return at == n ? 0 : -EPROTO;
}
