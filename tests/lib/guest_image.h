/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Pages such as guests have, made from a seed: some are zero, some hold text,
 * records and pointers, some what no compression makes smaller. Made so that
 * lz4 and zstd do about as well on them as on the memory of live processes.
 */
#ifndef TESTS_GUEST_IMAGE_H
#define TESTS_GUEST_IMAGE_H

#include <stdint.h>

/* Page pfn of the guest with that seed, 4096 bytes. */
void guest_image_page(uint8_t *page, uint64_t pfn, uint64_t seed);

#endif
