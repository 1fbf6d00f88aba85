/* SPDX-License-Identifier: LGPL-2.1-only */
/* Answers libxc's question for the types of pages that are not there. */
#include "libxl-ext/helper_holes.h"

#include <stdbool.h>

enum {
    BATCH = 1024,    /* the most that Xen takes at once */
    END_PAGES = 64,  /* at the end of the map: a PVH guest has eight there */
    END_BATCHES = 4, /* in which they are looked for */
};

/* As libxc brings nothing but the domain's number, this stands in the process. */
static struct {
    xc_interface *xch; /* NULL: all is asked for */
    uint32_t domid;
    uint64_t pages; /* the domain's, when the pass began */
    uint64_t seen;  /* of them, before next */
    xen_pfn_t next; /* the page that the pass comes to */
    xen_pfn_t end;  /* nothing is from next up to this one */
    bool in_hole;   /* the last batch had no page, and was looked into */
} holes;

/* False: it can't be said from a number of pages where they are. Those that
 * others share or that are paged out are not asked for, populate-on-demand
 * makes them when it is asked for their type. */
static bool holes_countable(const xc_domaininfo_t *d, xc_interface *xch)
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
    holes.xch = holes_countable(d, xch) ? xch : NULL;
    holes.domid = d->domain;
    holes.pages = d->tot_pages;
    holes.seen = holes.next = holes.end = 0;
    holes.in_hole = false;
}

static unsigned holes_present(const xen_pfn_t *types, unsigned n)
{
    unsigned present = 0;

    for (unsigned i = 0; i < n; i++)
        present += types[i] != XEN_DOMCTL_PFINFO_XTAB &&
                   types[i] != XEN_DOMCTL_PFINFO_BROKEN &&
                   types[i] != XEN_DOMCTL_PFINFO_XALLOC;
    return present;
}

/* Pages in [from, to), and the first of them. */
static unsigned holes_look(xen_pfn_t from, xen_pfn_t to, xen_pfn_t *first_r)
{
    xen_pfn_t types[BATCH];
    unsigned n = (unsigned)(to - from);

    for (unsigned i = 0; i < n; i++)
        types[i] = from + i;
    if (xlx_types_of_xen(holes.xch, holes.domid, n, types))
        return 0;
    for (unsigned i = n; i--;)
        if (holes_present(types + i, 1))
            *first_r = from + i;
    return holes_present(types, n);
}

/* The first of the last pages of the map, if they are as many as are missing;
 * else 0. */
static xen_pfn_t holes_last(uint64_t missing)
{
    xen_pfn_t end, first;

    if (xc_domain_nr_gpfns(holes.xch, holes.domid, &end))
        return 0;
    first = end;
    for (unsigned i = 0; missing && i < END_BATCHES && end > holes.next; i++) {
        xen_pfn_t from = end - holes.next > BATCH ? end - BATCH : holes.next;
        unsigned n = holes_look(from, end, &first);

        if (n > missing)
            return 0;
        missing -= n;
        end = from;
    }
    return missing ? 0 : first;
}

/* A batch has come without a page: is that so up to the last ones? */
static void holes_find_end(void)
{
    xc_domaininfo_t d;
    uint64_t missing;

    if (xc_domain_getinfolist(holes.xch, holes.domid, 1, &d) != 1 ||
        d.domain != holes.domid || !holes_countable(&d, holes.xch) ||
        d.tot_pages != holes.pages || holes.seen > holes.pages)
        return;
    missing = holes.pages - holes.seen;
    if (missing <= END_PAGES)
        holes.end = holes_last(missing);
}

/* The first pass asks for page after page; whoever asks in another order gets
 * what Xen says. */
static bool holes_goes_on(const xen_pfn_t *pfns, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (pfns[i] != holes.next + i)
            return false;
    return true;
}

/* libxc's name, private to it: no header has it. */
int xc_get_pfn_type_batch(xc_interface *xch, uint32_t domid, unsigned n,
                          xen_pfn_t *pfns);

int xc_get_pfn_type_batch(xc_interface *xch, uint32_t domid, unsigned n,
                          xen_pfn_t *pfns)
{
    unsigned present;
    int rc;

    if (holes.xch != xch || holes.domid != domid || !holes_goes_on(pfns, n)) {
        holes.xch = NULL;
        return xlx_types_of_xen(xch, domid, n, pfns);
    }
    holes.next += n;
    if (holes.next <= holes.end) {
        for (unsigned i = 0; i < n; i++)
            pfns[i] = XEN_DOMCTL_PFINFO_XTAB;
        return 0;
    }
    rc = xlx_types_of_xen(xch, domid, n, pfns);
    if (rc)
        return rc;
    present = holes_present(pfns, n);
    holes.seen += present;
    if (!present && !holes.in_hole)
        holes_find_end();
    holes.in_hole = !present;
    return 0;
}
