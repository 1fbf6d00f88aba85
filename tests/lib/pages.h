/* SPDX-License-Identifier: LGPL-2.1-only */
/* Numbers and pages that are the same in each run of a test. */
#ifndef TESTS_PAGES_H
#define TESTS_PAGES_H

#include <stdint.h>

uint64_t pages_any(void); /* any number but 0 */
void pages_fill(uint8_t *page);

#endif
