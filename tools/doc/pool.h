/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Memory for many small things of one lifetime: taken from chunks, never given
 * back one by one.
 */
#ifndef RACKHOP_DOC_POOL_H
#define RACKHOP_DOC_POOL_H

#include <stddef.h>

/* All zero is an empty pool. */
struct pool {
    struct chunk *first, *cur;
};

/* n bytes that are good for any type, not zeroed; NULL: there is no memory. */
void *pool_alloc(struct pool *p, size_t n);
/* Makes everything that it gave invalid; keeps its chunks for later use. */
void pool_empty(struct pool *p);
void pool_free(struct pool *p);

#endif
