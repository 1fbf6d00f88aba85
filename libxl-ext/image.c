/* SPDX-License-Identifier: LGPL-2.1-only */
/* Sends a sample of a guest's pages to nowhere, and counts the bytes. */
#include "libxl-ext/image.h"

#include <errno.h>
#include <sys/mman.h>

#include <xenforeignmemory.h>

#include "libxl-ext/wire/frame.h"
#include "libxl-ext/wire/libxc.h"
#include "libxl-ext/wire/record_enc.h"

enum {
    RUN = FRAME_BATCH, /* pages in a row: they are compressed together */
    RUNS = 16,
    LEAST_PAGES = 64, /* fewer say nothing */
    /* where the first frames of a guest with much memory end, and go on */
    HOLE = 0xf0000,
    ABOVE = 0x100000,
};

struct image {
    xenforeignmemory_handle *memory;
    struct record_enc *enc;
    uint64_t pages, bytes;
};

static int image_emit(void *arg, const struct iovec *v, int n)
{
    for (int i = 0; i < n; i++)
        ((struct image *)arg)->bytes += v[i].iov_len;
    return 0;
}

static enum pack_how image_how(void *arg)
{
    return PACK_LZ4;
}

/* What stands in front of libxc's first record. */
static int image_heads(struct image *m)
{
    uint32_t image[6] = { 0 }, domain[4] = { LIBXC_GUEST_HVM };
    struct iovec v = { image, sizeof image };
    int rc = record_enc_write(m->enc, &v, 1);

    v = (struct iovec){ domain, sizeof domain };
    return rc ? rc : record_enc_write(m->enc, &v, 1);
}

/* Those of the frames that the guest has, as libxc would send them. */
static int image_record(struct image *m, uint8_t *at, const uint64_t *pfns,
                        const int *errs)
{
    uint32_t head[4] = { LIBXC_PAGE_DATA };
    uint64_t list[RUN];
    struct iovec v[3 + RUN] = { { head, 8 }, { head + 2, 8 }, { list, 0 } };
    int n = 0;

    for (int i = 0; i < RUN; i++) {
        if (errs[i])
            continue;
        list[n] = pfns[i];
        v[3 + n++] = (struct iovec){ at + (size_t)i * FRAME_PAGE, FRAME_PAGE };
    }
    if (!n)
        return 0;
    head[1] = (uint32_t)(8 + n * (8 + FRAME_PAGE));
    head[2] = (uint32_t)n;
    v[2].iov_len = (size_t)n * sizeof *list;
    m->pages += (unsigned)n;
    return record_enc_write(m->enc, v, 3 + n);
}

/* The run of pages from that one of the guest's on. */
static int image_run(struct image *m, uint32_t domid, uint64_t page)
{
    uint64_t first = page < HOLE ? page : page - HOLE + ABOVE;
    xen_pfn_t frames[RUN];
    uint64_t pfns[RUN];
    int errs[RUN] = { 0 }, rc;
    void *at;

    for (unsigned i = 0; i < RUN; i++)
        frames[i] = pfns[i] = first + i;
    at = xenforeignmemory_map(m->memory, domid, PROT_READ, RUN, frames, errs);
    if (!at)
        return -errno;
    rc = image_record(m, at, pfns, errs);
    xenforeignmemory_unmap(m->memory, at, RUN);
    return rc;
}

static int image_sample(struct image *m, const struct xlx_domain *d)
{
    uint64_t pages = d->memory_kib / (FRAME_PAGE / 1024);
    int rc = image_heads(m);

    m->bytes = 0; /* the heads are no memory */
    for (unsigned i = 0; i < RUNS && !rc; i++)
        rc = image_run(m, d->domid, (2 * i + 1) * pages / (2 * RUNS));
    return rc;
}

int xlx_image_ratio(const struct xlx_domain *d, double *ratio_r)
{
    struct image m = { .pages = 0 };
    const struct record_enc_setup s = { .emit = image_emit,
                                        .how = image_how,
                                        .arg = &m };
    int rc = -ENOMEM;

    if (d->type == XLX_PV)
        return -EOPNOTSUPP;
    m.enc = record_enc_new(&s);
    if (!m.enc)
        return rc;
    m.memory = xenforeignmemory_open(NULL, 0);
    rc = m.memory ? image_sample(&m, d) : -errno;
    if (!rc && m.pages < LEAST_PAGES)
        rc = -ENODATA;
    if (!rc)
        *ratio_r = (double)m.bytes / ((double)m.pages * FRAME_PAGE);
    if (m.memory)
        xenforeignmemory_close(m.memory);
    record_enc_free(m.enc);
    return rc;
}
