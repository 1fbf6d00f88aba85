/* SPDX-License-Identifier: LGPL-2.1-only */
/* Looks at which pages are dirty again in a round (helper_again.h). */
#include "libxl-ext/helper_again.h"

#include <stdlib.h>

#include "tools/base/clock.h"

enum {
    PAGES_MOST = 1 << 26, /* 256 GiB */
    LOOK_PART = 100,      /* of the time, that looks may take */
    PAGE_BITS = 8 * 4096,
};
static const uint64_t look_ns = 50000000;

struct again {
    xc_interface *xch;
    uint32_t domid;
    uint64_t pages;
    /* Xen writes the bitmap there */
    struct xc_hypercall_buffer buffer;
    int buffer_pages;
    uint8_t *dirty, *left; /* a bit a page; left: out of the last round */
    bool live, seen;       /* in a round; dirty is of this round */
    bool blind;            /* Xen would not say */
    uint64_t next_ns;      /* when to look again, at the earliest */
};

static bool again_bit(const uint8_t *bits, uint64_t n)
{
    return bits[n / 8] >> n % 8 & 1;
}

/* No look before that. */
static void again_wait(struct again *a, uint64_t until)
{
    if (a->next_ns < until)
        a->next_ns = until;
}

static void again_look(void *arg)
{
    struct again *a = arg;
    uint64_t from = clock_ns(), now;
    xc_shadow_op_stats_t st = { 0, 0 };

    if (!a->live || a->blind || from < a->next_ns)
        return;
    if (xc_logdirty_control(a->xch, a->domid, XEN_DOMCTL_SHADOW_OP_PEEK,
                            &a->buffer, a->pages, 0,
                            &st) != (long long)a->pages) {
        a->blind = true; /* what is there may be half of it */
        a->seen = false;
        return;
    }
    a->seen = true;
    now = clock_ns();
    again_wait(a, now + look_ns);
    again_wait(a, now + (now - from) * LOOK_PART);
}

static bool again_may(void *arg, uint64_t pfn)
{
    struct again *a = arg;

    if (!a->live || pfn >= a->pages)
        return false;
    if (again_bit(a->left, pfn)) { /* now it goes */
        a->left[pfn / 8] &= (uint8_t) ~(1u << pfn % 8);
        return false;
    }
    return a->seen && again_bit(a->dirty, pfn);
}

static void again_left(void *arg, uint64_t pfn)
{
    struct again *a = arg;

    a->left[pfn / 8] |= (uint8_t)(1u << pfn % 8);
}

struct record_enc_again xlx_again_pages(struct again *a)
{
    return (struct record_enc_again){ again_look, again_may, again_left, a };
}

void xlx_again_round(struct again *a, bool live)
{
    a->live = live;
    a->seen = false;
    again_wait(a, clock_ns() + look_ns); /* there is nothing to be seen yet */
}

/* --- the object ------------------------------------------------------------------ */

static bool again_buffer(struct again *a)
{
    DECLARE_HYPERCALL_BUFFER_SHADOW(uint8_t, bitmap, &a->buffer);

    a->buffer_pages = (int)((a->pages + PAGE_BITS - 1) / PAGE_BITS);
    bitmap = xc_hypercall_buffer_alloc_pages(a->xch, bitmap, a->buffer_pages);
    a->dirty = bitmap;
    return bitmap;
}

struct again *xlx_again_new(xc_interface *xch, uint32_t domid)
{
    struct again *a;
    xen_pfn_t frames = 0;

    if (xc_domain_nr_gpfns(xch, domid, &frames) < 0 || !frames)
        return NULL;
    a = calloc(1, sizeof *a);
    if (!a)
        return NULL;
    a->xch = xch;
    a->domid = domid;
    a->pages = frames < PAGES_MOST ? frames : PAGES_MOST;
    a->left = calloc(1, a->pages / 8 + 1);
    if (a->left && again_buffer(a))
        return a;
    xlx_again_free(a);
    return NULL;
}

void xlx_again_free(struct again *a)
{
    if (!a)
        return;
    if (a->dirty) {
        DECLARE_HYPERCALL_BUFFER_SHADOW(uint8_t, bitmap, &a->buffer);

        xc_hypercall_buffer_free_pages(a->xch, bitmap, a->buffer_pages);
    }
    free(a->left);
    free(a);
}
