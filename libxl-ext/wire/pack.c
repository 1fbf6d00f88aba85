/* SPDX-License-Identifier: LGPL-2.1-only */
/* Calls lz4 or zstd once for all the bytes of a frame. */
#include "libxl-ext/wire/pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <lz4.h>
#include <zstd.h>

/* Stronger ones cost more than a link of 1 Gbit/s can pay back. */
enum { ZSTD_LEVEL = 1 };

struct pack {
    ZSTD_CCtx *shrinks; /* made when they are first used */
    ZSTD_DCtx *restores;
};

struct pack *pack_new(void)
{
    return calloc(1, sizeof(struct pack));
}

void pack_free(struct pack *p)
{
    if (!p)
        return;
    ZSTD_freeCCtx(p->shrinks);
    ZSTD_freeDCtx(p->restores);
    free(p);
}

static size_t pack_zstd(struct pack *p, const uint8_t *from, size_t n,
                        uint8_t *to)
{
    size_t r;

    if (!p->shrinks)
        p->shrinks = ZSTD_createCCtx();
    if (!p->shrinks)
        return 0;
    r = ZSTD_compressCCtx(p->shrinks, to, n - 1, from, n, ZSTD_LEVEL);
    return ZSTD_isError(r) ? 0 : r;
}

size_t pack_shrink(struct pack *p, enum pack_how how, const uint8_t *from,
                   size_t n, uint8_t *to)
{
    int r;

    if (n < 2 || how == PACK_NONE)
        return 0;
    if (how == PACK_ZSTD)
        return pack_zstd(p, from, n, to);
    r = LZ4_compress_default((const char *)from, (char *)to, (int)n,
                             (int)n - 1);
    return r > 0 ? (size_t)r : 0;
}

static int pack_unzstd(struct pack *p, const uint8_t *from, size_t n,
                       uint8_t *to, size_t raw)
{
    if (!p->restores)
        p->restores = ZSTD_createDCtx();
    if (!p->restores)
        return -ENOMEM;
    return ZSTD_decompressDCtx(p->restores, to, raw, from, n) == raw ? 0
                                                                     : -EPROTO;
}

int pack_restore(struct pack *p, enum pack_how how, const uint8_t *from,
                 size_t n, uint8_t *to, size_t raw)
{
    switch (how) {
    case PACK_NONE:
        if (n != raw)
            return -EPROTO;
        memcpy(to, from, n);
        return 0;
    case PACK_LZ4:
        return LZ4_decompress_safe((const char *)from, (char *)to, (int)n,
                                   (int)raw) == (int)raw
                   ? 0
                   : -EPROTO;
    case PACK_ZSTD: return pack_unzstd(p, from, n, to, raw);
    }
    return -EPROTO;
}
