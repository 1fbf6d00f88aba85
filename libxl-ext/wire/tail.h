/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The tail of a stream: what libxl writes behind libxc's part of it. Of an HVM
 * guest that is the state of its devices, as its device model saved it, and goes
 * while the guest is suspended. It is mostly zeros; here it is compressed, in
 * frames of bytes (frame.h) behind their sum. docs/wire has the format.
 */
#ifndef XLX_WIRE_TAIL_H
#define XLX_WIRE_TAIL_H

#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/wire/pack.h"

enum {
    TAIL_MAX = 64 << 20, /* bytes of one; a device model's are some 100 KB */
    TAIL_HEAD = 8,       /* in front of the frames */
};

/* A tail of n bytes as it goes over the wire, to be freed. 0; -EMSGSIZE: it is
 * empty, or more than TAIL_MAX; -ENOMEM. */
int tail_encode(const uint8_t *bytes, size_t n, enum pack_how how,
                uint8_t **wire_r, size_t *wire_len_r);

/*
 * Reads one, whatever the bytes. `read` brings exactly so many, or a negative
 * errno, which is passed on; so are -EPROTO, -EBADMSG (a digest is wrong) and
 * -ENOMEM. It takes no more memory than twice what has come, and what one frame
 * needs. *bytes_r is to be freed.
 */
int tail_decode(int (*read)(void *arg, void *buf, size_t n), void *arg,
                uint8_t **bytes_r, size_t *n_r);

#endif
