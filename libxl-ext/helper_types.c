/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The functions of libxenctrl that this program's own hide (helper_holes.c).
 * Tests have others in their place.
 */
#include "libxl-ext/helper_holes.h"

#include <dlfcn.h>
#include <errno.h>

int xlx_types_of_xen(xc_interface *xch, uint32_t domid, unsigned n,
                     xen_pfn_t *pfns)
{
    int (*types)(xc_interface *, uint32_t, unsigned, xen_pfn_t *);

    *(void **)&types = dlsym(RTLD_NEXT, "xc_get_pfn_type_batch");
    if (types)
        return types(xch, domid, n, pfns);
    errno = ENOSYS;
    return -1;
}

void *xlx_buffer_of_xen(xc_interface *xch, xc_hypercall_buffer_t *b, int pages)
{
    void *(*get)(xc_interface *, xc_hypercall_buffer_t *, int);

    *(void **)&get = dlsym(RTLD_NEXT, "xc__hypercall_buffer_alloc_pages");
    return get ? get(xch, b, pages) : NULL;
}

void xlx_buffer_free_of_xen(xc_interface *xch, xc_hypercall_buffer_t *b,
                            int pages)
{
    void (*put)(xc_interface *, xc_hypercall_buffer_t *, int);

    *(void **)&put = dlsym(RTLD_NEXT, "xc__hypercall_buffer_free_pages");
    if (put)
        put(xch, b, pages);
}
