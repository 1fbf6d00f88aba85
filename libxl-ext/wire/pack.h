/* SPDX-License-Identifier: LGPL-2.1-only */
/* Compresses the bytes of a frame, and brings them back: lz4 and zstd. */
#ifndef XLX_WIRE_PACK_H
#define XLX_WIRE_PACK_H

#include <stddef.h>
#include <stdint.h>

enum pack_how { PACK_NONE, PACK_LZ4, PACK_ZSTD, PACK_LAST = PACK_ZSTD };

/* Working memory of both directions. NULL: there is none. */
struct pack;
struct pack *pack_new(void);
void pack_free(struct pack *p);

/* From `from` into `to` of at least n bytes. The length, which is below n; 0:
 * it would not be, and `to` may hold anything. */
size_t pack_shrink(struct pack *p, enum pack_how how, const uint8_t *from,
                   size_t n, uint8_t *to);
/* Into exactly `raw` bytes at `to`. 0 or -EPROTO, whatever the bytes. */
int pack_restore(struct pack *p, enum pack_how how, const uint8_t *from,
                 size_t n, uint8_t *to, size_t raw);

#endif
