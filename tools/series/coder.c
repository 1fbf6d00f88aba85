/* SPDX-License-Identifier: LGPL-2.1-only */
/* A binary range coder with adaptive probabilities. */
#include "tools/series/coder.h"

#include <string.h>

enum { BITS = 11, ADAPT = 4 };
#define TOP (1u << 24)

void coder_out_init(struct coder_out *c, uint8_t *to, size_t room)
{
    *c = (struct coder_out){
        .to = to, .room = room, .range = UINT32_MAX, .held = 1
    };
}

/* The first byte is always 0 and is left out. */
static void coder_byte(struct coder_out *c, unsigned b)
{
    if (!c->begun) {
        c->begun = true;
        return;
    }
    if (c->n < c->room)
        c->to[c->n] = (uint8_t)b;
    c->n++;
}

/* A carry may still run through bytes of 0xff, which are held until then. */
static void coder_shift(struct coder_out *c)
{
    unsigned carry = (unsigned)(c->low >> 32);

    if ((uint32_t)c->low < 0xff000000u || carry) {
        coder_byte(c, c->cache + carry);
        while (--c->held)
            coder_byte(c, 0xff + carry);
        c->cache = (uint8_t)(c->low >> 24);
    }
    c->held++;
    c->low = (c->low & 0x00ffffff) << 8;
}

void coder_put(struct coder_out *c, coder_bit *p, bool bit)
{
    uint32_t bound = (c->range >> BITS) * *p;

    if (bit) {
        c->low += bound;
        c->range -= bound;
        *p = (coder_bit)(*p - (*p >> ADAPT));
    } else {
        c->range = bound;
        *p = (coder_bit)(*p + (((1 << BITS) - *p) >> ADAPT));
    }
    while (c->range < TOP) {
        c->range <<= 8;
        coder_shift(c);
    }
}

void coder_put_raw(struct coder_out *c, unsigned v, unsigned bits)
{
    while (bits--) {
        coder_bit even = CODER_EVEN;

        coder_put(c, &even, v >> bits & 1);
    }
}

bool coder_out_end(struct coder_out *c)
{
    /* five bytes bring out all that is in low; zeros at the end are implied */
    for (int i = 0; i < 5; i++)
        coder_shift(c);
    while (c->n && c->n <= c->room && !c->to[c->n - 1])
        c->n--;
    if (c->n > c->room)
        return false;
    memset(c->to + c->n, 0, c->room - c->n);
    return true;
}

static uint32_t coder_next(struct coder_in *c)
{
    return c->at < c->end ? *c->at++ : 0;
}

void coder_in_init(struct coder_in *c, const uint8_t *from, size_t len)
{
    *c = (struct coder_in){ from, from + len, UINT32_MAX, 0 };
    for (int i = 0; i < 4; i++)
        c->code = c->code << 8 | coder_next(c);
}

bool coder_get(struct coder_in *c, coder_bit *p)
{
    uint32_t bound = (c->range >> BITS) * *p;
    bool bit = c->code >= bound;

    if (bit) {
        c->code -= bound;
        c->range -= bound;
        *p = (coder_bit)(*p - (*p >> ADAPT));
    } else {
        c->range = bound;
        *p = (coder_bit)(*p + (((1 << BITS) - *p) >> ADAPT));
    }
    while (c->range < TOP) {
        c->range <<= 8;
        c->code = c->code << 8 | coder_next(c);
    }
    return bit;
}

unsigned coder_get_raw(struct coder_in *c, unsigned bits)
{
    unsigned v = 0;

    while (bits--) {
        coder_bit even = CODER_EVEN;

        v = v << 1 | coder_get(c, &even);
    }
    return v;
}
