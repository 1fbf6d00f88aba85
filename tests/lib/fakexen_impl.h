/* SPDX-License-Identifier: LGPL-2.1-only */
/* Where in its memfd the domain's memory is, for fakexen_xc.c to map it. */
#ifndef TESTS_FAKEXEN_IMPL_H
#define TESTS_FAKEXEN_IMPL_H

#include "tests/lib/fakexen.h"

int fakexen_fd(void);
size_t fakexen_offset(const struct fakexen *x, uint64_t pfn);

#endif
