/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The pages of an armed domain: made where there are none, 2 MiB at once where
 * that many follow each other, and filled in. libxenguest before Xen 4.21 makes
 * them of 4 KiB each for a guest that arrives, and they stay like that.
 */
#include "libxl-ext/helper_place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <xen/hvm/params.h>

#include "libxl-ext/wire/libxc.h"
#include "libxl-ext/wire/pfn_list.h"

enum {
    ORDER_2M = 9,
    CHUNK = 1 << ORDER_2M,
    /* below 4 GiB there are numbers that are no memory of the guest's: the
     * places of devices, and some pages of Xen's own */
    HOLES = 1 << 20,
};

/* --- which pages there are ---------------------------------------------------- */

bool xlx_place_is_daemons(uint64_t param)
{
    return param == HVM_PARAM_STORE_PFN || param == HVM_PARAM_CONSOLE_PFN ||
           param == HVM_PARAM_IOREQ_PFN || param == HVM_PARAM_BUFIOREQ_PFN;
}

static bool memory_has(const struct place *p, uint64_t pfn)
{
    return p->populated[pfn / 8] >> pfn % 8 & 1;
}

static void memory_note(struct place *p, uint64_t pfn)
{
    p->populated[pfn / 8] |= (uint8_t)(1u << pfn % 8);
}

static uint8_t *memory_daemon_page(struct place *p, uint64_t pfn)
{
    for (unsigned i = 0; i < p->daemons; i++)
        if (p->daemon[i].pfn == pfn)
            return p->daemon[i].page;
    return NULL;
}

int xlx_place_memory_begin(struct place *p)
{
    xc_domaininfo_t info;

    if (xc_domain_getinfolist(p->xch, p->domid, 1, &info) != 1 ||
        info.domain != p->domid) {
        msg_set(&p->why, "the domain has gone");
        return -ESRCH;
    }
    p->pfns = info.max_pages + HOLES;
    p->populated = calloc(1, p->pfns / 8 + 1);
    if (!p->populated) {
        msg_set(&p->why, "out of memory");
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < p->arm->n; i++) {
        const struct word_param *w = &p->arm->param[i];

        if (!xlx_place_is_daemons(w->index) || w->value >= p->pfns ||
            p->daemons == PLACE_DAEMON_PAGES)
            continue;
        p->daemon[p->daemons++].pfn = w->value;
        memory_note(p, w->value);
    }
    return 0;
}

/* --- making them ---------------------------------------------------------------- */

/* Whether a whole chunk begins here, with data for each of its pages. */
static bool memory_is_chunk(const struct place *p, const uint64_t *e, size_t n)
{
    uint64_t first = pfn_of(*e);

    if (first % CHUNK || n < CHUNK || first + CHUNK > p->pfns)
        return false;
    for (uint64_t i = 0; i < CHUNK; i++)
        if (pfn_of(e[i]) != first + i || !pfn_has_data(e[i]) ||
            memory_has(p, first + i))
            return false;
    return true;
}

/* A host whose memory is in pieces has no such chunk: then one by one. */
static bool memory_make_chunk(struct place *p, uint64_t first)
{
    xen_pfn_t pfn = first;

    if (xc_domain_populate_physmap_exact(p->xch, p->domid, 1, ORDER_2M, 0,
                                         &pfn))
        return false;
    for (uint64_t i = 0; i < CHUNK; i++)
        memory_note(p, first + i);
    return true;
}

static bool memory_wants(uint64_t element)
{
    unsigned type = (unsigned)(element >> 60);

    return type != LIBXC_NO_PAGE && type != LIBXC_BROKEN;
}

static int memory_make(struct place *p, const uint64_t *e, size_t n)
{
    xen_pfn_t list[FRAME_RECORD];
    unsigned k = 0;

    for (size_t i = 0; i < n;) {
        uint64_t pfn = pfn_of(e[i]);

        if (!memory_wants(e[i])) { /* a hole may be anywhere */
            i++;
            continue;
        }
        if (pfn >= p->pfns) {
            msg_set(&p->why, "the stream has a page that no such guest has");
            return -EPROTO;
        }
        if (memory_is_chunk(p, e + i, n - i) && memory_make_chunk(p, pfn)) {
            i += CHUNK;
            continue;
        }
        if (!memory_has(p, pfn)) {
            memory_note(p, pfn);
            list[k++] = pfn;
        }
        i++;
    }
    if (!k ||
        !xc_domain_populate_physmap_exact(p->xch, p->domid, k, 0, 0, list))
        return 0;
    msg_set(&p->why,
            "Xen did not make %u pages for the guest: its memory or "
            "its limits do not allow it",
            k);
    return -ENOMEM;
}

/* --- filling them ----------------------------------------------------------------- */

static uint8_t *memory_map(struct place *p, const uint64_t *pfns, size_t n,
                           int prot)
{
    xen_pfn_t list[FRAME_RECORD] = { 0 };
    int errors[FRAME_RECORD] = { 0 };
    void *at;

    for (size_t i = 0; i < n; i++)
        list[i] = pfns[i];
    at = xenforeignmemory_map(p->memory, p->domid, prot, n, list, errors);
    for (size_t i = 0; at && i < n; i++)
        if (errors[i]) {
            xenforeignmemory_unmap(p->memory, at, n);
            at = NULL;
        }
    if (!at)
        msg_set(&p->why, "the guest's memory can't be mapped");
    return at;
}

/* To verify, all pages come once more. As with libxc, one that differs is told
 * of and no failure: the source host's devices may have written to it since. */
static void memory_fill(struct place *p, uint8_t *to, const uint8_t *page)
{
    if (!p->verify)
        memcpy(to, page, FRAME_PAGE);
    else
        p->differ += memcmp(to, page, FRAME_PAGE) != 0;
}

int xlx_place_pages(struct place *p, const uint64_t *elements, size_t n,
                    const uint8_t *pages)
{
    uint64_t list[FRAME_RECORD];
    size_t k = 0;
    uint8_t *at, *daemons;
    int rc = memory_make(p, elements, n);

    if (rc)
        return rc;
    for (size_t i = 0; i < n; i++)
        if (pfn_has_data(elements[i]))
            list[k++] = pfn_of(elements[i]);
    if (!k)
        return 0;
    at = memory_map(p, list, k, PROT_READ | PROT_WRITE);
    if (!at)
        return -EFAULT;
    for (size_t i = 0; i < k; i++, pages += FRAME_PAGE) {
        daemons = memory_daemon_page(p, list[i]);
        if (daemons)
            memcpy(daemons, pages, FRAME_PAGE);
        else
            memory_fill(p, at + i * FRAME_PAGE, pages);
    }
    xenforeignmemory_unmap(p->memory, at, k);
    return 0;
}

/* --- for the decoder ---------------------------------------------------------------- */

int xlx_place_map(struct place *p, const uint64_t *pfns, size_t n,
                  const uint8_t **pages_r)
{
    uint8_t *at, *copy, *daemons;

    for (size_t i = 0; i < n; i++)
        if (pfns[i] >= p->pfns || !memory_has(p, pfns[i]))
            return -EFAULT;
    copy = malloc(n * FRAME_PAGE);
    if (!copy)
        return -ENOMEM;
    at = memory_map(p, pfns, n, PROT_READ);
    if (!at) {
        free(copy);
        return -EFAULT;
    }
    memcpy(copy, at, n * FRAME_PAGE);
    xenforeignmemory_unmap(p->memory, at, n);
    for (size_t i = 0; i < n; i++) {
        daemons = memory_daemon_page(p, pfns[i]);
        if (daemons)
            memcpy(copy + i * FRAME_PAGE, daemons, FRAME_PAGE);
    }
    *pages_r = copy;
    return 0;
}

void xlx_place_unmap(struct place *p, const uint8_t *pages, size_t n)
{
    free((uint8_t *)pages);
}
