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

/* Bytes of a change that goes although its page is dirty again. */
enum { SMALL_DELTA = FRAME_PAGE / 8 };

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

/* --- pages that are left out ----------------------------------------------------- */

/* Whether it would go whole, or nearly so. The copy is looked at: the guest
 * writes to its page. */
static bool page_is_dear(struct record_enc *e, uint64_t element,
                         const uint8_t *page)
{
    uint8_t *old =
        e->cache ? page_cache_find(e->cache, pfn_of(element)) : NULL;
    uint8_t delta[DELTA_MAX];
    int n;

    if (page_is_zero(page))
        return false;
    memcpy(e->bytes, page, FRAME_PAGE);
    n = old ? delta_encode(old, e->bytes, delta) : -1;
    return n < 0 || n > SMALL_DELTA;
}

/* Takes them out of the record: how many are in it then. */
static size_t pages_leave_out(struct record_enc *e, size_t n)
{
    const struct record_enc_again *a = &e->again;
    size_t kept = 0;

    if (!a->look)
        return n;
    a->look(a->arg);
    for (size_t i = 0; i < n; i++) {
        uint64_t element = e->elements[i];

        if (e->pages[i] && pfn_is_plain(element) &&
            a->may(a->arg, pfn_of(element)) &&
            page_is_dear(e, element, e->pages[i])) {
            a->left(a->arg, pfn_of(element));
            e->stats.left++;
            continue;
        }
        e->elements[kept] = element;
        e->pages[kept++] = e->pages[i];
    }
    return kept;
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

int enc_pages(struct record_enc *e, size_t n)
{
    int rc;

    n = pages_leave_out(e, n);
    if (!n) /* libxc does without a record as well */
        return 0;
    rc = pages_list(e, n);
    batch_begin(e);
    for (size_t i = 0; i < n && !rc; i++) {
        if (e->pages[i])
            page_add(e, e->elements[i], e->pages[i]);
        else if (e->cache) /* what was sent of it does not count any more */
            page_cache_drop(e->cache, pfn_of(e->elements[i]));
        if (e->batch.pages == FRAME_BATCH)
            rc = batch_end(e);
    }
    return rc ? rc : batch_end(e);
}
