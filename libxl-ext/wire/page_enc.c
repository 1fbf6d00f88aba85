/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes frames of a record's pages: says of each whether it is zero, what was
 * sent of it before, a change of that, or new.
 */
#include "libxl-ext/wire/record_enc_impl.h"

#include <errno.h>
#include <string.h>

#include "libxl-ext/wire/delta.h"
#include "libxl-ext/wire/digest.h"

/* The one look at the guest's own page that decides anything: one that is
 * found zero is sent as zero, whatever the guest writes to it now. */
static bool page_is_zero(const uint8_t *page)
{
    static const uint8_t zero[FRAME_PAGE];

    return !memcmp(page, zero, FRAME_PAGE);
}

/* --- the frame in hand ----------------------------------------------------------- */

static void batch_begin(struct record_enc *e)
{
    memset(&e->batch, 0, sizeof e->batch);
    e->batch.digest = e->seq;
}

static int batch_end(struct record_enc *e)
{
    struct frame f = { .type = FRAME_OF_PAGES, .entries = e->batch.n };
    size_t table = 2 * (size_t)e->batch.n, len;
    const void *p;
    int rc;

    if (!e->batch.n)
        return 0;
    p = enc_pack(e, &f, e->bytes, e->batch.len, &len);
    f.length = (uint32_t)(table + len);
    f.digest = digest_add(e->batch.digest, e->table, table);
    rc = enc_emit(e, &f, e->table, table, p);
    batch_begin(e); /* with the next frame's number */
    return rc;
}

/* One page of that kind more; of a delta so many bytes. */
static void batch_add(struct record_enc *e, enum entry_kind kind, size_t bytes)
{
    struct entry *last = &e->batch.last;

    if (e->batch.n && last->kind == kind && kind != ENTRY_DELTA) {
        last->n++;
    } else {
        *last = (struct entry){ kind, 1 };
        e->batch.n++;
    }
    if (kind == ENTRY_DELTA)
        last->n = (uint16_t)bytes;
    entry_put(*last, e->table + 2 * (e->batch.n - 1));
    e->batch.len += bytes;
    if (bytes)
        e->batch.pages++;
}

/* --- one page -------------------------------------------------------------------- */

/* `copy` is where a raw page would go; a delta takes its place. */
static void page_add_again(struct record_enc *e, uint8_t *old, uint8_t *copy)
{
    uint8_t delta[DELTA_MAX];
    int n = delta_encode(old, copy, delta);

    if (n < 0) {
        memcpy(old, copy, FRAME_PAGE);
        batch_add(e, ENTRY_RAW, FRAME_PAGE);
        e->stats.raw++;
    } else if (!n) {
        batch_add(e, ENTRY_SAME, 0);
        e->stats.same++;
    } else {
        memcpy(old, copy, FRAME_PAGE);
        memcpy(copy, delta, (size_t)n);
        batch_add(e, ENTRY_DELTA, (size_t)n);
        e->stats.delta++;
    }
}

static void page_add(struct record_enc *e, uint64_t element,
                     const uint8_t *page)
{
    uint64_t pfn = pfn_of(element);
    bool plain = e->cache && pfn_is_plain(element);
    uint8_t *copy = e->bytes + e->batch.len, *old;

    e->stats.pages++;
    if (page_is_zero(page)) {
        if (e->cache)
            page_cache_drop(e->cache, pfn);
        batch_add(e, ENTRY_ZERO, 0);
        e->stats.zero++;
        return;
    }
    memcpy(copy, page, FRAME_PAGE);
    e->batch.digest = digest_add(e->batch.digest, copy, FRAME_PAGE);
    old = plain ? page_cache_find(e->cache, pfn) : NULL;
    if (old) {
        page_add_again(e, old, copy);
        return;
    }
    /* Of the first pass pages only fill the cache: what comes again is more
     * likely to come once more, and pushes them out. */
    if (plain && (!e->first_pass || page_cache_has_room(e->cache, pfn)))
        page_cache_put(e->cache, pfn, copy);
    else if (e->cache)
        page_cache_drop(e->cache, pfn);
    batch_add(e, ENTRY_RAW, FRAME_PAGE);
    e->stats.raw++;
}

/* --- the record ------------------------------------------------------------------ */

static int pages_list(struct record_enc *e, size_t n)
{
    size_t len = pfn_list_encode(e->elements, n, e->list);
    struct frame f = { .type = FRAME_OF_PFNS,
                       .entries = (uint16_t)n,
                       .length = (uint32_t)len,
                       .raw = (uint32_t)len,
                       .digest = digest_add(e->seq, e->list, len) };

    return len ? enc_emit(e, &f, NULL, 0, e->list) : -EPROTO;
}

int enc_pages(struct record_enc *e, size_t n, struct vec *c)
{
    int rc = pages_list(e, n);

    batch_begin(e);
    for (size_t i = 0; i < n && !rc; i++) {
        const uint8_t *page;

        if (!pfn_has_data(e->elements[i])) {
            if (e->cache) /* what was sent of it does not count any more */
                page_cache_drop(e->cache, pfn_of(e->elements[i]));
            continue;
        }
        page = vec_page(c);
        if (!page)
            return -EPROTO;
        page_add(e, e->elements[i], page);
        if (e->batch.pages == FRAME_BATCH)
            rc = batch_end(e);
    }
    return rc ? rc : batch_end(e);
}
