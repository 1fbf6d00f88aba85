/* SPDX-License-Identifier: LGPL-2.1-only */
/* Allocates memory in chunks that are freed all at once. */
#include "tools/doc/pool.h"

#include <stdlib.h>

/* Chunks grow, since most documents are small and some are large. */
enum { CHUNK_FIRST = 8 * 1024, CHUNK_MOST = 256 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size, used;
    char bytes[];
};

void *pool_alloc(struct pool *p, size_t n)
{
    n = (n + 15) & ~(size_t)15;
    while (p->cur && p->cur->size - p->cur->used < n && p->cur->next) {
        p->cur = p->cur->next;
        p->cur->used = 0;
    }
    if (!p->cur || p->cur->size - p->cur->used < n) {
        size_t size = p->cur ? 2 * p->cur->size : CHUNK_FIRST;
        struct chunk *c;

        if (size > CHUNK_MOST)
            size = CHUNK_MOST;
        if (size < n)
            size = n;
        c = malloc(sizeof *c + size);
        if (!c)
            return NULL;
        c->next = NULL;
        c->size = size;
        c->used = 0;
        if (p->cur)
            p->cur->next = c;
        else
            p->first = c;
        p->cur = c;
    }
    void *r = p->cur->bytes + p->cur->used;
    p->cur->used += n;
    return r;
}

void pool_empty(struct pool *p)
{
    p->cur = p->first;
    if (p->cur)
        p->cur->used = 0;
}

void pool_free(struct pool *p)
{
    struct chunk *c = p->first;

    while (c) {
        struct chunk *next = c->next;

        free(c);
        c = next;
    }
    p->first = p->cur = NULL;
}
