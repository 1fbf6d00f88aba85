/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Packs a block of samples into a room of fixed size, and unpacks it. What
 * changes little takes little. A block that has no room is made coarser in
 * passes until it has: first by steps of figures that matter less
 * (metric.keep), in the end by fewer slots. Zero, and what is not known, stay
 * what they are while all slots are there.
 */
#ifndef RACKHOP_SERIES_PACK_H
#define RACKHOP_SERIES_PACK_H

#include <stddef.h>
#include <stdint.h>

#include "tools/series/shape.h"

/* codes[slot * l->n + channel], l->slots of them. Fills `room` bytes and
 * returns the pass, 0 being exact; < 0: it does not fit in any. */
int codes_pack(const struct level *l, const uint8_t *codes, uint8_t *to,
               size_t room);
/* Any bytes give codes. */
void codes_unpack(const struct level *l, unsigned pass, const uint8_t *from,
                  size_t len, uint8_t *codes);

#endif
