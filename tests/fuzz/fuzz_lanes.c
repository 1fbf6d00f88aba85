/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes on the lanes of either end. The first byte says which end this is
 * and how many lanes there are; each further one which lane gets the next bytes,
 * and how many of them, or that it is lost. Nothing is kept beyond the rings,
 * and what is taken was there.
 */
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/lanes.h"

enum { BIG = 1 << 12, AT_ONCE = 31 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Both programs do what they can, and what is to be said is said. */
static void fuzz_serve(struct lanes *l, unsigned lane)
{
    size_t n;

    for (unsigned s = 0; s < CHUNK_STREAMS; s++) {
        struct stream_out *o = lanes_out(l, s);
        struct stream_in *in = lanes_in(l, s);

        if (o && (stream_out_room(o, &n), n > 100)) {
            memset(stream_out_room(o, &n), 7, n);
            stream_out_put(o, n / 2);
        }
        if (!in)
            continue;
        stream_in_peek(in, &n);
        stream_in_take(in, n - n / 4);
        if (in->whole < in->taken ||
            in->whole - in->taken > (s ? LANES_SMALL : BIG))
            abort();
    }
    for (int i = 0; i < 3; i++) {
        lanes_pending(l, lane, 0, &n);
        if (n)
            lanes_went(l, lane, n, 0);
    }
}

static size_t fuzz_feed(struct lanes *l, unsigned lane, const uint8_t *data,
                        size_t size)
{
    size_t done = 0;

    if (!l->lane[lane].up) {
        struct chunk hello;

        if (size < CHUNK_HEAD)
            return size;
        if (lanes_hello(l, data, &hello) >= 0)
            lanes_up(l, hello.stream, l->lane[0].up ? &hello : NULL, 0);
        return CHUNK_HEAD;
    }
    while (done < size) {
        size_t n;
        uint8_t *to = lanes_place(l, lane, &n);

        if (!n)
            abort();
        if (n > size - done)
            n = size - done;
        memcpy(to, data + done, n);
        done += n;
        if (lanes_came(l, lane, n, 0)) {
            lanes_down(l, lane);
            return done;
        }
    }
    return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lanes *l = malloc(sizeof *l);
    struct lanes_setup setup = { .big = BIG };

    if (!size || !l) {
        free(l);
        return 0;
    }
    setup.source = data[0] & 1;
    setup.n = 1 + (data[0] >> 1) % CHUNK_LANES;
    if (lanes_init(l, &setup, 0))
        abort();
    for (size_t i = 1; i < size;) {
        unsigned lane = data[i] % setup.n;
        size_t n = data[i] >> 3;

        i++;
        if (n == AT_ONCE) {
            lanes_down(l, lane);
            continue;
        }
        if (!n)
            continue;
        n = n * 8 < size - i ? n * 8 : size - i;
        i += fuzz_feed(l, lane, data + i, n);
        fuzz_serve(l, lane);
    }
    lanes_dispose(l);
    free(l);
    return 0;
}
