/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The difference of a page from what was sent of it before, as in QEMU's
 * XBZRLE: how many bytes stay, how many are new, the new ones, and so on. Both
 * numbers are LEB128. What stays at the end of the page is not said.
 */
#ifndef XLX_WIRE_DELTA_H
#define XLX_WIRE_DELTA_H

#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/wire/frame.h"

/* Longer ones are not worth it: compression does as well. */
enum { DELTA_MAX = FRAME_PAGE / 2 };

/* The delta from old to page, into buf of DELTA_MAX bytes: its length. 0: they
 * are equal; -1: it would be longer. */
int delta_encode(const uint8_t *old, const uint8_t *page, uint8_t *buf);
/* Makes the new page of the old one, in place. 0, or -EPROTO: it is not one,
 * and the page may be anything. */
int delta_apply(uint8_t *page, const uint8_t *delta, size_t len);

#endif
