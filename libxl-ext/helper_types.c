/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * libxenctrl's xc_get_pfn_type_batch(), which this program's own hides. Tests
 * have another in its place.
 */
#include "libxl-ext/helper_holes.h"

#include <dlfcn.h>
#include <errno.h>

int xlx_types_of_xen(xc_interface *xch, uint32_t domid, unsigned n,
                     xen_pfn_t *pfns)
{
    static int (*types)(xc_interface *, uint32_t, unsigned, xen_pfn_t *);

    if (!types)
        *(void **)&types = dlsym(RTLD_NEXT, "xc_get_pfn_type_batch");
    if (types)
        return types(xch, domid, n, pfns);
    errno = ENOSYS;
    return -1;
}
