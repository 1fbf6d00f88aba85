/* SPDX-License-Identifier: LGPL-2.1-only */
/* Fills pages with what looks like a guest's memory. */
#include "tests/lib/guest_image.h"
#include "tests/lib/draw.h"

#include <string.h>

enum { PAGE = 4096, WORDS = 128 };

/* Words of a vocabulary, the frequent ones more often, and some numbers. */
static void image_text(uint8_t *page, uint64_t *s)
{
    for (size_t at = 0; at < PAGE;) {
        uint64_t r = draw_next(s);
        uint64_t w = (r & 0xffff) * (r >> 16 & 0xffff) * WORDS >> 32;
        uint64_t letters = w * 0x9e3779b97f4a7c15ull >> 8;
        size_t len = 3 + w % 8;

        if (!(r >> 60))
            letters = r >> 20;
        for (size_t i = 0; i < len && at < PAGE; i++, letters >>= 5)
            page[at++] = (uint8_t)('a' + letters % 26);
        if (at < PAGE)
            page[at++] = r >> 40 & 7 ? ' ' : '\n';
    }
}

/* Records of 48 bytes: pointers, counters, flags, and zeros. */
static void image_records(uint8_t *page, uint64_t *s)
{
    uint64_t base = 0xffff888000000000ull + (draw_next(s) & 0xffffff000);

    memset(page, 0, PAGE);
    for (size_t at = 0; at + 48 <= PAGE; at += 48) {
        uint64_t r = draw_next(s), v = draw_next(s);
        uint64_t row[5] = { base + (r & 0xfffff8), base + (r >> 20 & 0xf00),
                            r >> 36 & 0xff, v & 0xff, v >> 16 & 0xfff };

        memcpy(page + at, row, sizeof row);
    }
}

static void image_noise(uint8_t *page, uint64_t *s)
{
    for (size_t at = 0; at < PAGE; at += 8) {
        uint64_t r = draw_next(s);

        memcpy(page + at, &r, 8);
    }
}

void guest_image_page(uint8_t *page, uint64_t pfn, uint64_t seed)
{
    /* pages of a kind stand together, as in a guest */
    uint64_t s = (pfn / 16) * 0x2545f4914f6cdd1dull ^ seed;
    uint64_t kind = draw_next(&s) % 100;

    s ^= pfn * 0xd6e8feb86659fd93ull;
    s = draw_next(&s);
    if (kind < 35)
        memset(page, 0, PAGE);
    else if (kind < 55)
        image_text(page, &s);
    else if (kind < 96)
        image_records(page, &s);
    else
        image_noise(page, &s);
}
