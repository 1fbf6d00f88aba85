/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Encodes libxc's stream. The heads of the stream and all records without pages
 * go as they are; page_enc.c makes frames of pages.
 */
#include "libxl-ext/wire/record_enc_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libxl-ext/wire/digest.h"
#include "libxl-ext/wire/libxc.h"

enum {
    HEADS = LIBXC_IMAGE_HEAD + LIBXC_DOMAIN_HEAD,
    RECORD_HEAD = 8,
    PAGES_HEAD = 8,       /* of a record with pages: count, 0 */
    SMALL_BYTES = 256,    /* fewer are not compressed */
    MAX_RECORD = 1 << 27, /* libxc's own bound, and more */
};

/* --- what libxc hands over, as a row of bytes ---------------------------------- */

static size_t vec_total(const struct iovec *v, int n)
{
    size_t sum = 0;

    for (int i = 0; i < n; i++)
        sum += v[i].iov_len;
    return sum;
}

size_t vec_take(struct vec *c, void *to, size_t want)
{
    size_t done = 0;

    while (done < want && c->n) {
        size_t left = c->v->iov_len - c->at;
        size_t k = left < want - done ? left : want - done;

        if (k)
            memcpy((char *)to + done, (char *)c->v->iov_base + c->at, k);
        done += k;
        c->at += k;
        if (c->at == c->v->iov_len) {
            c->v++;
            c->n--;
            c->at = 0;
        }
    }
    return done;
}

const uint8_t *vec_page(struct vec *c)
{
    const uint8_t *at;

    while (c->n && !c->v->iov_len) {
        c->v++;
        c->n--;
    }
    if (!c->n || c->v->iov_len - c->at < FRAME_PAGE)
        return NULL;
    at = (const uint8_t *)c->v->iov_base + c->at;
    c->at += FRAME_PAGE;
    if (c->at == c->v->iov_len) {
        c->v++;
        c->n--;
        c->at = 0;
    }
    return at;
}

/* --- frames ---------------------------------------------------------------------- */

int enc_emit(struct record_enc *e, struct frame *f, const void *table,
             size_t table_len, const void *bytes)
{
    uint8_t head[FRAME_HEAD];
    struct iovec v[3] = {
        { head, sizeof head },
        { (void *)table, table_len },
        { (void *)bytes, f->length - table_len },
    };
    int rc;

    f->seq = e->seq++;
    frame_put(f, head);
    rc = e->s.emit(e->s.arg, v, 3);
    if (rc)
        return rc;
    e->stats.frames++;
    e->stats.bytes += FRAME_HEAD + f->length;
    return 0;
}

const void *enc_pack(struct record_enc *e, struct frame *f,
                     const uint8_t *bytes, size_t n, size_t *len_r)
{
    enum pack_how how = e->s.how(e->s.arg);
    size_t packed =
        n < SMALL_BYTES ? 0 : pack_shrink(e->pack, how, bytes, n, e->packed);

    f->how = packed ? (uint8_t)how : PACK_NONE;
    f->raw = (uint32_t)n;
    *len_r = packed ? packed : n;
    return packed ? e->packed : bytes;
}

/* Bytes in frames of at most FRAME_RAW. */
static int enc_bytes(struct record_enc *e, struct vec *c)
{
    size_t n, len;
    int rc = 0;

    while (!rc && (n = vec_take(c, e->bytes, FRAME_RAW))) {
        struct frame f = { .type = FRAME_OF_BYTES };
        const void *p = enc_pack(e, &f, e->bytes, n, &len);

        f.digest = digest_add(e->seq, e->bytes, n);
        f.length = (uint32_t)len;
        rc = enc_emit(e, &f, NULL, 0, p);
    }
    return rc;
}

/* --- what it is -------------------------------------------------------------------- */

/*
 * Before libxc's own first bytes the frames are announced. The heads have no
 * length in front, and the domain's begins with its type as a record does.
 */
static int enc_heads(struct record_enc *e, const struct iovec *v, int n,
                     size_t total)
{
    struct iovec magic = { (void *)frame_magic, FRAME_MAGIC_LEN };
    struct vec c = { v, n, 0 };
    uint32_t type = 0;
    int rc;

    if (!e->heads) {
        rc = e->s.emit(e->s.arg, &magic, 1);
        if (rc)
            return rc;
        e->stats.bytes += FRAME_MAGIC_LEN;
    }
    if (total > HEADS - e->heads)
        return -EPROTO;
    if (e->heads == LIBXC_IMAGE_HEAD && vec_take(&c, &type, sizeof type) &&
        type == LIBXC_GUEST_PV) { /* what it holds moves: see pfn_is_plain() */
        page_cache_free(e->cache);
        e->cache = NULL;
    }
    e->heads += total;
    return enc_bytes(e, &(struct vec){ v, n, 0 });
}

/* A record with pages: exactly its head, the list, and a page for each element
 * that has data. */
static int enc_page_record(struct record_enc *e, struct vec *c, size_t left)
{
    uint32_t head[2];
    size_t data = 0, want;

    if (vec_take(c, head, sizeof head) != sizeof head || !head[0] ||
        head[0] > FRAME_RECORD)
        return -EPROTO;
    want = head[0] * sizeof *e->elements;
    if (vec_take(c, e->elements, want) != want)
        return -EPROTO;
    for (size_t i = 0; i < head[0]; i++)
        data += pfn_has_data(e->elements[i]);
    if (left != PAGES_HEAD + want + data * FRAME_PAGE)
        return -EPROTO;
    for (size_t i = 0; i < head[0]; i++) {
        bool has = pfn_has_data(e->elements[i]);

        e->pages[i] = has ? vec_page(c) : NULL;
        if (has && !e->pages[i])
            return -EPROTO;
    }
    return enc_pages(e, head[0]);
}

int record_enc_write(struct record_enc *e, const struct iovec *v, int n)
{
    size_t total = vec_total(v, n);
    uint32_t head[2] = { 0, 0 };
    struct vec c = { v, n, 0 };

    if (!total)
        return 0;
    if (e->heads < HEADS)
        return enc_heads(e, v, n, total);
    if (total > MAX_RECORD || vec_take(&c, head, sizeof head) != RECORD_HEAD ||
        head[1] > total - RECORD_HEAD)
        return -EPROTO;
    if (head[0] == LIBXC_PAGE_DATA)
        return enc_page_record(e, &c, total - RECORD_HEAD);
    return enc_bytes(e, &(struct vec){ v, n, 0 });
}

/* --- the object -------------------------------------------------------------------- */

struct record_enc *record_enc_new(const struct record_enc_setup *s)
{
    struct record_enc *e = calloc(1, sizeof *e);

    if (!e)
        return NULL;
    e->s = *s;
    e->pack = pack_new();
    e->cache = page_cache_new(s->cache_pages);
    e->first_pass = true;
    if (e->pack)
        return e;
    record_enc_free(e);
    return NULL;
}

void record_enc_free(struct record_enc *e)
{
    if (!e)
        return;
    pack_free(e->pack);
    page_cache_free(e->cache);
    free(e);
}

void record_enc_first_pass_over(struct record_enc *e)
{
    e->first_pass = false;
}

void record_enc_leave_out(struct record_enc *e,
                          const struct record_enc_again *a)
{
    e->again = *a;
}

void record_enc_forget(struct record_enc *e)
{
    page_cache_free(e->cache);
    e->cache = NULL;
}

bool record_enc_begun(const struct record_enc *e)
{
    return e->heads == HEADS;
}

const struct record_enc_stats *record_enc_stats(const struct record_enc *e)
{
    return &e->stats;
}
