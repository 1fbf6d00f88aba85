/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the end of a guest's memory map, and takes the hole before it off the
 * list of pages that libxc sends. */
#include "libxl-ext/helper_holes.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    BATCH = 1024,    /* the most that Xen takes at once */
    WITH_PAGES = 16, /* batches, with pages of the end of the map: PVH has its
                        ACPI tables and the daemons' pages there */
    NICE = 10,       /* the thread is not to slow down what is sent */
};

/* As libxc brings nothing but the domain's number, this stands in the process. */
static struct {
    xc_interface *xch; /* of libxc; NULL: the pass is over, or never was */
    uint32_t domid;
    uint64_t pages; /* the domain's, when the pass began */
    xen_pfn_t map;  /* pages of its map, most of which may not be there */
    xen_pfn_t next; /* the page that the pass comes to */
    xen_pfn_t end;  /* of the hole that it is in; 0: it is in none */
    void *bitmap;   /* libxc's newest buffer: of the pages to send, perhaps */
    size_t bitmap_bytes;
    /* the thread's: its largest hole, from the batch in the upper half up to
     * that in the lower one */
    _Atomic uint64_t found;
    atomic_bool stop;
    bool runs;
    pthread_t thread;
} holes;

/* --- the thread ------------------------------------------------------------------ */

/* Pages that are there, of n. */
static unsigned holes_present(const xen_pfn_t *types, unsigned n)
{
    unsigned present = 0;

    for (unsigned i = 0; i < n; i++)
        present += types[i] != XEN_DOMCTL_PFINFO_XTAB;
    return present;
}

/* False: there are some, or it can't be known. */
static bool holes_is_empty(xc_interface *xch, xen_pfn_t from, xen_pfn_t to)
{
    xen_pfn_t types[BATCH];
    unsigned n = (unsigned)(to - from);

    for (unsigned i = 0; i < n; i++)
        types[i] = from + i;
    return !xlx_types_of_xen(xch, holes.domid, n, types) &&
           !holes_present(types, n);
}

/* In whole batches down from the end. Where memory begins it soon ends. */
static void holes_look(xc_interface *xch)
{
    uint64_t low = holes.map / BATCH, high = low, most = 0;
    unsigned with_pages = 0;

    while (!holes.stop && low && with_pages < WITH_PAGES) {
        low--;
        if (!holes_is_empty(xch, low * BATCH, (low + 1) * BATCH)) {
            with_pages++;
            high = low;
        } else if (high - low > most) {
            most = high - low;
            holes.found = low << 32 | high;
        }
    }
}

/* With a connection to Xen of its own: that of libxc is libxc's. */
static void *holes_thread(void *arg)
{
    xc_interface *xch = xc_interface_open(NULL, NULL, 0);

    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
    if (xch) {
        holes_look(xch);
        xc_interface_close(xch);
    }
    return NULL;
}

/* Signals are for the thread that writes. */
static void holes_start(void)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    holes.runs = !pthread_create(&holes.thread, NULL, holes_thread, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* False: what is there may change while it is looked at. Pages on demand are
 * made when they are asked for, and others come back from where they are. */
static bool holes_hold_still(xc_interface *xch, const xc_domaininfo_t *d)
{
    uint64_t pages, cache, on_demand;

    return d->flags & XEN_DOMINF_hvm_guest && !d->shr_pages &&
           !d->paged_pages &&
           !xc_domain_get_pod_target(xch, d->domain, &pages, &cache,
                                     &on_demand) &&
           !on_demand;
}

void xlx_holes_begin(xc_interface *xch, const xc_domaininfo_t *d)
{
    if (!holes_hold_still(xch, d) ||
        xc_domain_nr_gpfns(xch, d->domain, &holes.map))
        return;
    holes.xch = xch;
    holes.domid = d->domain;
    holes.pages = d->tot_pages;
    holes_start();
}

void xlx_holes_end(void)
{
    holes.stop = true;
    if (holes.runs)
        pthread_join(holes.thread, NULL);
    holes.runs = false;
    holes.xch = NULL;
}

/* --- the pass -------------------------------------------------------------------- */

/* Is it the first pass that this bitmap is for? Then all bits of it are set. */
static bool holes_is_whole(void)
{
    const uint8_t *at = holes.bitmap;

    if (!at || holes.bitmap_bytes < (holes.map + 7) / 8)
        return false;
    for (xen_pfn_t i = 0; i < holes.map / 8; i++)
        if (at[i] != 0xff)
            return false;
    return true;
}

/* libxc looks at the bit of each page when it comes to it: it does not come to
 * those of the hole. */
static void holes_pass_over(void)
{
    uint8_t *at = holes.bitmap;

    if (!holes_is_whole())
        return;
    for (xen_pfn_t i = holes.next; i < holes.end; i++)
        at[i / 8] &= (uint8_t) ~(1u << i % 8);
}

/* A batch has come without a page. Is that known of all that follow? */
static void holes_find_end(void)
{
    uint64_t found = holes.found;
    xen_pfn_t low = (found >> 32) * BATCH, high = (uint32_t)found * BATCH;
    xc_domaininfo_t d;

    if (holes.next < low || holes.next >= high ||
        xc_domain_getinfolist(holes.xch, holes.domid, 1, &d) != 1 ||
        d.domain != holes.domid || !holes_hold_still(holes.xch, &d) ||
        d.tot_pages != holes.pages)
        return;
    holes.end = high;
    holes_pass_over();
}

/* The first pass asks for page after page, but for a hole; whoever asks in
 * another order gets what Xen says. */
static bool holes_goes_on(const xen_pfn_t *pfns, unsigned n)
{
    xen_pfn_t next = holes.next;

    for (unsigned i = 0; i < n; i++) {
        if (pfns[i] == holes.end && next < holes.end)
            next = holes.end;
        if (pfns[i] != next++)
            return false;
    }
    holes.next = next;
    return true;
}

/* --- libxc's names ----------------------------------------------------------------- */

/* Private to libxc: no header has it. */
int xc_get_pfn_type_batch(xc_interface *xch, uint32_t domid, unsigned n,
                          xen_pfn_t *pfns);

int xc_get_pfn_type_batch(xc_interface *xch, uint32_t domid, unsigned n,
                          xen_pfn_t *pfns)
{
    int rc;

    if (holes.xch != xch || holes.domid != domid || !holes_goes_on(pfns, n)) {
        holes.xch = NULL;
        holes.stop = true;
        return xlx_types_of_xen(xch, domid, n, pfns);
    }
    if (holes.next <= holes.end) {
        for (unsigned i = 0; i < n; i++)
            pfns[i] = XEN_DOMCTL_PFINFO_XTAB;
        return 0;
    }
    rc = xlx_types_of_xen(xch, domid, n, pfns);
    if (!rc && !holes.end && !holes_present(pfns, n))
        holes_find_end();
    return rc;
}

void *xc__hypercall_buffer_alloc_pages(xc_interface *xch,
                                       xc_hypercall_buffer_t *b, int pages)
{
    void *at = xlx_buffer_of_xen(xch, b, pages);

    holes.bitmap = at; /* the last one that is as large */
    holes.bitmap_bytes = at ? (size_t)pages * XC_PAGE_SIZE : 0;
    return at;
}

void xc__hypercall_buffer_free_pages(xc_interface *xch,
                                     xc_hypercall_buffer_t *b, int pages)
{
    holes.bitmap = NULL;
    xlx_buffer_free_of_xen(xch, b, pages);
}
