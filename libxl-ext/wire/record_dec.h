/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Turns frames (frame.h) back into the stream that libxc reads, record by
 * record as it was written. Every byte of a frame is believed only after it
 * was checked; libxc gets a record only if the digest of all its frames is
 * right. Of a frame nothing is read beyond its end, so that what follows the
 * last one is still in the descriptor for libxl.
 */
#ifndef XLX_WIRE_RECORD_DEC_H
#define XLX_WIRE_RECORD_DEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct record_dec;

struct record_dec_setup {
    /* Exactly n bytes: 0, or a negative errno; -EPIPE at the end. */
    int (*read)(void *arg, void *buf, size_t n);
    /* The pages of the guest as they are now, one behind the other: 0 or a
     * negative errno. They are unmapped before anything else is called. */
    int (*map)(void *arg, const uint64_t *pfns, size_t n,
               const uint8_t **pages_r);
    void (*unmap)(void *arg, const uint8_t *pages, size_t n);
    void *arg;
};

/* NULL: no memory. */
struct record_dec *record_dec_new(const struct record_dec_setup *s);
void record_dec_free(struct record_dec *d);

/*
 * As libxc's read_exact(): exactly n bytes. 0, what read() or map() returned,
 * -EPROTO for what no encoder writes, or -EBADMSG when a digest is wrong. A
 * stream that does not begin with the frames' magic is passed on as it is.
 */
int record_dec_read(struct record_dec *d, void *buf, size_t n);

#endif
