/* SPDX-License-Identifier: LGPL-2.1-only */
/* Decodes frames: bytes, lists of pages, and by page_dec.c the pages. */
#include "libxl-ext/wire/record_dec_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/digest.h"
#include "libxl-ext/wire/libxc.h"

/* --- frames ---------------------------------------------------------------------- */

static int dec_frame(struct record_dec *d, struct frame *f)
{
    uint8_t head[FRAME_HEAD];
    int rc = d->s.read(d->s.arg, head, sizeof head);

    if (!rc)
        rc = frame_get(f, head);
    if (!rc && f->seq != d->seq++)
        rc = -EPROTO;
    return rc ? rc : d->s.read(d->s.arg, d->payload, f->length);
}

static int dec_bytes(struct record_dec *d, const struct frame *f)
{
    int rc = pack_restore(d->pack, (enum pack_how)f->how, d->payload,
                          f->length, d->raw, f->raw);

    if (rc)
        return rc;
    if (digest_add(f->seq, d->raw, f->raw) != f->digest)
        return -EBADMSG;
    d->ready = d->raw;
    d->ready_len = f->raw;
    return 0;
}

/* A record begins: libxc reads its head and its list, then the pages. */
static int dec_list(struct record_dec *d, const struct frame *f)
{
    size_t n = f->entries;
    uint32_t head[4] = { LIBXC_PAGE_DATA, 0, (uint32_t)n, 0 };
    int rc;

    if (digest_add(f->seq, d->payload, f->length) != f->digest)
        return -EBADMSG;
    rc = pfn_list_decode(d->payload, f->length, d->elements, n);
    if (rc)
        return rc;
    d->n_data = d->done = 0;
    for (size_t i = 0; i < n; i++)
        if (pfn_has_data(d->elements[i]))
            d->data[d->n_data++] = d->elements[i];
    head[1] = (uint32_t)(8 + 8 * n + d->n_data * FRAME_PAGE);
    memcpy(d->head, head, sizeof head);
    memcpy(d->head + DEC_LIST, d->elements, 8 * n);
    d->ready = d->head;
    d->ready_len = DEC_LIST + 8 * n;
    return 0;
}

/* --- what libxc reads ---------------------------------------------------------------- */

static size_t dec_give(struct record_dec *d, uint8_t *to, size_t n)
{
    size_t k = d->ready_len < n ? d->ready_len : n;

    if (!k) /* there may be nothing ready at all */
        return 0;
    memcpy(to, d->ready, k);
    d->ready += k;
    d->ready_len -= k;
    return k;
}

/* The next frame; how many bytes of it went straight to `to`. */
static int dec_next(struct record_dec *d, uint8_t *to, size_t n,
                    size_t *given_r)
{
    struct frame f;
    size_t pages = 0;
    int rc = dec_frame(d, &f);

    *given_r = 0;
    if (rc)
        return rc;
    if ((d->done < d->n_data) != (f.type == FRAME_OF_PAGES))
        return -EPROTO;
    switch (f.type) {
    case FRAME_OF_BYTES: return dec_bytes(d, &f);
    case FRAME_OF_PFNS: return dec_list(d, &f);
    case FRAME_OF_PAGES:
        rc = dec_pages(d, &f, to, n / FRAME_PAGE, &pages);
        *given_r = pages * FRAME_PAGE;
        return rc;
    }
    return -EPROTO;
}

/* Frames, or a stream as libxc writes it: the first bytes tell. */
static int dec_begin(struct record_dec *d)
{
    int rc = d->s.read(d->s.arg, d->head, FRAME_MAGIC_LEN);

    if (rc)
        return rc;
    if (!memcmp(d->head, frame_magic, FRAME_MAGIC_LEN)) {
        d->mode = DEC_FRAMES;
        return 0;
    }
    d->mode = DEC_PLAIN;
    d->ready = d->head;
    d->ready_len = FRAME_MAGIC_LEN;
    return 0;
}

int record_dec_read(struct record_dec *d, void *buf, size_t n)
{
    uint8_t *to = buf, *end = to + n;
    size_t given;
    int rc = n && d->mode == DEC_NEW ? dec_begin(d) : 0;

    while (!rc && to < end) {
        to += dec_give(d, to, (size_t)(end - to));
        if (to == end)
            break;
        if (d->mode == DEC_PLAIN)
            return d->s.read(d->s.arg, to, (size_t)(end - to));
        rc = dec_next(d, to, (size_t)(end - to), &given);
        to += rc ? 0 : given;
    }
    return rc;
}

struct record_dec *record_dec_new(const struct record_dec_setup *s)
{
    struct record_dec *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->s = *s;
    d->pack = pack_new();
    if (d->pack)
        return d;
    free(d);
    return NULL;
}

void record_dec_free(struct record_dec *d)
{
    if (!d)
        return;
    pack_free(d->pack);
    free(d);
}
