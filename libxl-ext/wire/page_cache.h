/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What was sent last of some pages of a guest, so that of a page that comes
 * again only the difference goes over the wire. The source host alone has one:
 * the target host has the guest. Bounded; a page that finds no place pushes
 * another one out.
 */
#ifndef XLX_WIRE_PAGE_CACHE_H
#define XLX_WIRE_PAGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page_cache;

/* Room for so many pages; memory is taken when a place is first used. NULL:
 * there is none, or pages is 0. */
struct page_cache *page_cache_new(size_t pages);
void page_cache_free(struct page_cache *c);

/* The page as it was put, to be written to in place; or NULL. */
uint8_t *page_cache_find(struct page_cache *c, uint64_t pfn);
/* Is the page's place free? */
bool page_cache_has_room(const struct page_cache *c, uint64_t pfn);
void page_cache_put(struct page_cache *c, uint64_t pfn, const uint8_t *page);
/* Forgets it. */
void page_cache_drop(struct page_cache *c, uint64_t pfn);

#endif
