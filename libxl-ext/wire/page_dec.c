/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Brings the pages of a frame back. What a page is a change of is read from the
 * guest, which has what was sent of it before.
 */
#include "libxl-ext/wire/record_dec_impl.h"

#include <errno.h>
#include <string.h>

#include "libxl-ext/wire/delta.h"
#include "libxl-ext/wire/digest.h"

/* A frame on its way back: what its table says, summed and checked first. */
struct unpacking {
    struct record_dec *d;
    const struct frame *f;
    const uint8_t *bytes; /* of raw pages and deltas, from here on */
    const uint8_t *old;   /* pages of the guest, from here on */
    uint64_t digest;
    size_t pages, n_old;
    uint64_t pfns[FRAME_RECORD]; /* of the old ones */
};

static bool page_entry_ok(struct entry e)
{
    return e.n &&
           (e.kind == ENTRY_DELTA ? e.n <= DELTA_MAX : e.n <= FRAME_RECORD);
}

static bool page_is_old(enum entry_kind kind)
{
    return kind == ENTRY_SAME || kind == ENTRY_DELTA;
}

/* Notes the pages of one entry that are needed from the guest. */
static int page_note_old(struct unpacking *u, struct entry e)
{
    const uint64_t *element = u->d->data + u->d->done + u->pages;

    for (size_t i = 0; page_is_old(e.kind) && i < entry_pages(e); i++) {
        if (!pfn_is_plain(element[i]))
            return -EPROTO;
        u->pfns[u->n_old++] = pfn_of(element[i]);
    }
    return 0;
}

/* Reads the table: no more pages than the record and libxc's buffer have room
 * for, and exactly the bytes that there are. */
static int page_survey(struct unpacking *u, size_t room)
{
    size_t left = u->d->n_data - u->d->done, bytes = 0;

    if (left > room)
        left = room;
    for (size_t i = 0; i < u->f->entries; i++) {
        struct entry e = entry_get(u->d->payload + 2 * i);

        if (!page_entry_ok(e) || entry_pages(e) > left - u->pages ||
            page_note_old(u, e))
            return -EPROTO;
        u->pages += entry_pages(e);
        bytes += entry_bytes(e);
    }
    return bytes == u->f->raw ? 0 : -EPROTO;
}

static int page_restore(struct unpacking *u, struct entry e, uint8_t *to)
{
    int rc = 0;

    if (e.kind == ENTRY_ZERO) {
        memset(to, 0, FRAME_PAGE);
        return 0;
    }
    if (page_is_old(e.kind)) {
        memcpy(to, u->old, FRAME_PAGE);
        u->old += FRAME_PAGE;
    }
    if (e.kind == ENTRY_RAW) {
        memcpy(to, u->bytes, FRAME_PAGE);
        u->bytes += FRAME_PAGE;
    } else if (e.kind == ENTRY_DELTA) {
        rc = delta_apply(to, u->bytes, e.n);
        u->bytes += e.n;
    }
    u->digest = digest_add(u->digest, to, FRAME_PAGE);
    return rc;
}

static int page_restore_all(struct unpacking *u, uint8_t *to)
{
    for (size_t i = 0; i < u->f->entries; i++) {
        struct entry e = entry_get(u->d->payload + 2 * i);

        for (size_t k = entry_pages(e); k; k--, to += FRAME_PAGE)
            if (page_restore(u, e, to))
                return -EPROTO;
    }
    u->digest =
        digest_add(u->digest, u->d->payload, 2 * (size_t)u->f->entries);
    return u->digest == u->f->digest ? 0 : -EBADMSG;
}

int dec_pages(struct record_dec *d, const struct frame *f, uint8_t *to,
              size_t room, size_t *pages_r)
{
    struct unpacking u = { .d = d, .f = f, .bytes = d->raw, .digest = f->seq };
    size_t table = 2 * (size_t)f->entries;
    const uint8_t *old = NULL;
    int rc = page_survey(&u, room);

    if (!rc)
        rc = pack_restore(d->pack, (enum pack_how)f->how, d->payload + table,
                          f->length - table, d->raw, f->raw);
    if (!rc && u.n_old)
        rc = d->s.map(d->s.arg, u.pfns, u.n_old, &old);
    if (rc)
        return rc;
    u.old = old;
    rc = page_restore_all(&u, to);
    if (u.n_old)
        d->s.unmap(d->s.arg, old, u.n_old);
    if (rc)
        return rc;
    d->done += u.pages;
    *pages_r = u.pages;
    return 0;
}
