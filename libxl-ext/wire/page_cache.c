/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps pages by their frame number: each has one place that it can be in. */
#include "libxl-ext/wire/page_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libxl-ext/wire/frame.h"

struct page_cache {
    size_t n;
    uint64_t *owner; /* pfn + 1; 0: the place is free */
    uint8_t *pages;
};

/* Guests' memory is no business of a core dump. */
static uint8_t *cache_map(size_t n)
{
    void *at = mmap(NULL, n * FRAME_PAGE, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (at == MAP_FAILED)
        return NULL;
    madvise(at, n * FRAME_PAGE, MADV_DONTDUMP);
    return at;
}

struct page_cache *page_cache_new(size_t pages)
{
    struct page_cache *c = pages ? calloc(1, sizeof *c) : NULL;

    if (!c)
        return NULL;
    c->n = pages;
    c->owner = calloc(pages, sizeof *c->owner);
    c->pages = cache_map(pages);
    if (c->owner && c->pages)
        return c;
    page_cache_free(c);
    return NULL;
}

void page_cache_free(struct page_cache *c)
{
    if (!c)
        return;
    if (c->pages)
        munmap(c->pages, c->n * FRAME_PAGE);
    free(c->owner);
    free(c);
}

uint8_t *page_cache_find(struct page_cache *c, uint64_t pfn)
{
    size_t at = pfn % c->n;

    return c->owner[at] == pfn + 1 ? c->pages + at * FRAME_PAGE : NULL;
}

bool page_cache_has_room(const struct page_cache *c, uint64_t pfn)
{
    return !c->owner[pfn % c->n];
}

void page_cache_put(struct page_cache *c, uint64_t pfn, const uint8_t *page)
{
    size_t at = pfn % c->n;

    c->owner[at] = pfn + 1;
    memcpy(c->pages + at * FRAME_PAGE, page, FRAME_PAGE);
}

void page_cache_drop(struct page_cache *c, uint64_t pfn)
{
    if (page_cache_find(c, pfn))
        c->owner[pfn % c->n] = 0;
}
