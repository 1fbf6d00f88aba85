/* SPDX-License-Identifier: LGPL-2.1-only */
/* Packs a block of samples into a room of fixed size, and unpacks it. */
#include "tools/series/pack.h"

#include <stdbool.h>
#include <string.h>

#include "tools/series/coder.h"

enum {
    SHIFT_MOST = 6,
    PASSES_COARSE = 12, /* passes that only take precision away */
    PASSES = PASSES_COARSE + 8,
    VALUE = 2, /* the first code that is a value */
    LENGTHS = 9,
};

/* What a pass takes away of a channel: low bits, and slots of 2^every. */
static unsigned pack_shift(const struct channel *c, unsigned pass)
{
    unsigned s = pass > c->keep ? pass - c->keep : 0;

    return s > SHIFT_MOST ? SHIFT_MOST : s;
}

static unsigned pack_every(unsigned pass)
{
    return pass > PASSES_COARSE ? 1u << (pass - PASSES_COARSE) : 1;
}

static unsigned pack_symbol(uint8_t code, unsigned shift)
{
    return code < VALUE ? code : VALUE + ((code - VALUE) >> shift);
}

/* The middle of what became this symbol. */
static uint8_t pack_code(unsigned symbol, unsigned shift)
{
    unsigned code;

    if (symbol < VALUE)
        return (uint8_t)symbol;
    code = VALUE + ((symbol - VALUE) << shift) + ((1u << shift) >> 1);
    return code > UINT8_MAX ? UINT8_MAX : (uint8_t)code;
}

static unsigned pack_most(unsigned shift)
{
    return pack_symbol(UINT8_MAX, shift);
}

/* Probabilities that a channel has for itself. */
struct pack_model {
    coder_bit change[2], sign[3], length[LENGTHS], bits[LENGTHS];
};

static void pack_model_init(struct pack_model *m)
{
    coder_bit *all = (coder_bit *)m;

    for (size_t i = 0; i < sizeof *m / sizeof *all; i++)
        all[i] = CODER_EVEN;
}

/* What a channel is expected to be next: as it was, or, where its base has
 * moved, moved with it. */
static unsigned pack_expect(unsigned before, int base, int base_before,
                            unsigned most)
{
    int e = (int)before;

    if (before >= VALUE && base >= VALUE && base_before >= VALUE)
        e += base - base_before;
    if (before >= VALUE && e < VALUE)
        e = VALUE;
    return e > (int)most ? most : (unsigned)e;
}

/* The state of one channel in its way through the block. */
struct pack_walk {
    struct pack_model model;
    unsigned shift, most, before, turn, sign;
};

static void pack_walk_init(struct pack_walk *w, const struct channel *c,
                           unsigned pass)
{
    pack_model_init(&w->model);
    w->shift = pack_shift(c, pass);
    w->most = pack_most(w->shift);
    w->before = w->turn = 0;
    w->sign = 2;
}

static void pack_put_symbol(struct coder_out *o, struct pack_walk *w,
                            unsigned symbol, unsigned expect)
{
    bool change = symbol != expect, down = symbol < expect;
    unsigned by = down ? expect - symbol : symbol - expect, bits = 0;

    coder_put(o, &w->model.change[w->turn], change);
    w->turn = change;
    if (!change)
        return;
    coder_put(o, &w->model.sign[w->sign], down);
    w->sign = down;
    while (by >> (bits + 1))
        bits++;
    for (unsigned i = 0; i < bits; i++)
        coder_put(o, &w->model.length[i], true);
    coder_put(o, &w->model.length[bits], false);
    for (unsigned i = bits; i--;)
        coder_put(o, &w->model.bits[i], by >> i & 1);
}

static unsigned pack_get_symbol(struct coder_in *in, struct pack_walk *w,
                                unsigned expect)
{
    unsigned by = 1, bits = 0;
    bool down;

    w->turn = coder_get(in, &w->model.change[w->turn]);
    if (!w->turn)
        return expect;
    down = coder_get(in, &w->model.sign[w->sign]);
    w->sign = down;
    while (bits + 1 < LENGTHS && coder_get(in, &w->model.length[bits]))
        bits++;
    for (unsigned i = bits; i--;)
        by = by << 1 | coder_get(in, &w->model.bits[i]);
    if (down)
        return by > expect ? 0 : expect - by;
    return by > w->most - expect ? w->most : expect + by;
}

/* What one slot of a pass says of several: the mean of those that are known. */
static uint8_t pack_thin(const struct level *l, const uint8_t *codes,
                         unsigned slot, unsigned every, unsigned channel)
{
    unsigned sum = 0, n = 0;

    for (unsigned s = slot; s < slot + every && s < l->slots; s++) {
        uint8_t c = codes[s * l->n + channel];

        sum += c;
        n += c != 0;
    }
    return (uint8_t)(n ? (sum + n / 2) / n : 0);
}

/* One channel of all slots, the symbols into own[]; base: those of its base. */
static void pack_put_channel(const struct level *l, unsigned channel,
                             unsigned pass, const uint8_t *codes,
                             const uint8_t *base, uint8_t *own,
                             struct coder_out *o)
{
    unsigned every = pack_every(pass);
    struct pack_walk w;
    bool same = true;

    pack_walk_init(&w, &l->channel[channel], pass);
    own[0] = 0;
    for (unsigned s = 0; s < l->slots; s += every) {
        own[s] = (uint8_t)pack_symbol(pack_thin(l, codes, s, every, channel),
                                      w.shift);
        same = same && own[s] == own[0];
    }
    coder_put_raw(o, same, 1);
    coder_put_raw(o, own[0], 8);
    w.before = own[0];
    for (unsigned s = every; s < l->slots && !same && o->n <= o->room;
         s += every) {
        unsigned e =
            base ? pack_expect(w.before, base[s], base[s - every], w.most)
                 : w.before;

        pack_put_symbol(o, &w, own[s], e);
        w.before = own[s];
    }
}

static bool pack_pass(const struct level *l, unsigned pass,
                      const uint8_t *codes, uint8_t *to, size_t room)
{
    uint8_t symbol[SHAPE_CHANNELS][SHAPE_SLOTS];
    struct coder_out o;

    coder_out_init(&o, to, room);
    for (unsigned c = 0; c < l->n; c++) {
        int base = l->channel[c].base;

        pack_put_channel(l, c, pass, codes, base < 0 ? NULL : symbol[base],
                         symbol[c], &o);
    }
    return coder_out_end(&o);
}

int codes_pack(const struct level *l, const uint8_t *codes, uint8_t *to,
               size_t room)
{
    for (unsigned pass = 0; pass < PASSES; pass++)
        if (pack_pass(l, pass, codes, to, room))
            return (int)pass;
    return -1;
}

static void pack_get_channel(const struct level *l, unsigned channel,
                             unsigned pass, struct coder_in *in,
                             const uint8_t *base, uint8_t *own, uint8_t *codes)
{
    unsigned every = pack_every(pass);
    struct pack_walk w;
    bool same = coder_get_raw(in, 1);

    pack_walk_init(&w, &l->channel[channel], pass);
    w.before = coder_get_raw(in, 8);
    if (w.before > w.most)
        w.before = w.most;
    for (unsigned s = 0; s < l->slots; s += every) {
        if (s && !same) {
            unsigned e =
                base ? pack_expect(w.before, base[s], base[s - every], w.most)
                     : w.before;

            w.before = pack_get_symbol(in, &w, e);
        }
        own[s] = (uint8_t)w.before;
        for (unsigned i = s; i < s + every && i < l->slots; i++)
            codes[i * l->n + channel] = pack_code(w.before, w.shift);
    }
}

void codes_unpack(const struct level *l, unsigned pass, const uint8_t *from,
                  size_t len, uint8_t *codes)
{
    uint8_t symbol[SHAPE_CHANNELS][SHAPE_SLOTS];
    struct coder_in in;

    if (pass >= PASSES)
        pass = PASSES - 1;
    coder_in_init(&in, from, len);
    for (unsigned c = 0; c < l->n; c++) {
        int base = l->channel[c].base;

        pack_get_channel(l, c, pass, &in, base < 0 ? NULL : symbol[base],
                         symbol[c], codes);
    }
}
