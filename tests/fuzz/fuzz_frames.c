/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Any bytes as the frames of another host, read as libxc reads. No digest is
 * in the way: here each is 0, and digest_add() is this file's. What libxc
 * would get is bounded, and what was mapped of the guest is given back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/digest.h"
#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/record_dec.h"

enum { HEADS = 40, RECORD_MAX = 8 << 20, GUEST = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
    const uint8_t *at;
    size_t left;
    bool magic;
    int mapped;
} in;

uint64_t digest_add(uint64_t before, const void *bytes, size_t len)
{
    return 0;
}

static int fuzz_read(void *arg, void *buf, size_t n)
{
    if (!in.magic) {
        memcpy(buf, frame_magic, n);
        in.magic = true;
        return 0;
    }
    if (n > in.left)
        return -EPIPE;
    memcpy(buf, in.at, n);
    in.at += n;
    in.left -= n;
    return 0;
}

static int fuzz_map(void *arg, const uint64_t *pfns, size_t n,
                    const uint8_t **pages_r)
{
    static const uint8_t guest[FRAME_RECORD * FRAME_PAGE] = { 1, 2, 3 };

    if (n > FRAME_RECORD)
        abort();
    for (size_t i = 0; i < n; i++)
        if (pfns[i] >= GUEST)
            return -EFAULT;
    in.mapped++;
    *pages_r = guest;
    return 0;
}

static void fuzz_unmap(void *arg, const uint8_t *pages, size_t n)
{
    in.mapped--;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct record_dec_setup s = { .read = fuzz_read,
                                        .map = fuzz_map,
                                        .unmap = fuzz_unmap };
    static uint8_t buf[RECORD_MAX + 8];
    struct record_dec *d = record_dec_new(&s);
    uint32_t head[2];
    int rc;

    in.at = data;
    in.left = size;
    in.magic = size && *data == 0xff; /* a stream of no codec, say */
    in.mapped = 0;
    rc = record_dec_read(d, buf, HEADS);
    while (!rc && !(rc = record_dec_read(d, head, sizeof head))) {
        if (head[1] > RECORD_MAX)
            break;
        rc = record_dec_read(d, buf, (head[1] + 7ul) / 8 * 8);
        if (in.mapped)
            abort();
    }
    if (in.mapped)
        abort();
    record_dec_free(d);
    return 0;
}
