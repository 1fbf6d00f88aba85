/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The page frame numbers of a record of libxc, and their types, in a few bytes:
 * runs of consecutive ones, each by its distance from the run before.
 */
#ifndef XLX_WIRE_PFN_LIST_H
#define XLX_WIRE_PFN_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/wire/frame.h"

/* An element as libxc has it: the type in the uppermost four bits, then eight
 * that are 0, then the number. */
#define PFN_BITS 52
#define PFN_MASK ((1ull << PFN_BITS) - 1)

static inline uint64_t pfn_of(uint64_t element)
{
    return element & PFN_MASK;
}

/* Whether libxc sends a page of data for it: not for holes. */
static inline bool pfn_has_data(uint64_t element)
{
    return element >> 60 < 0xd;
}

/* Whether the page is memory and nothing else: a page table is rewritten at
 * the target host, so that what was sent of it is not what is there. */
static inline bool pfn_is_plain(uint64_t element)
{
    return !(element >> 60);
}

/* n of them, 1 to FRAME_RECORD, into buf: the length. 0: one is malformed. */
size_t pfn_list_encode(const uint64_t *elements, size_t n,
                       uint8_t buf[FRAME_PFNS]);
/* Exactly n of them. 0 or -EPROTO. */
int pfn_list_decode(const uint8_t *buf, size_t len, uint64_t *elements,
                    size_t n);

#endif
