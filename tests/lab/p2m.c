/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * How many pages Xen's tables of a guest's memory take: one less for each 2 MiB
 * page that the guest has. Xen tells only how large the pool for them is, so that
 * is shrunk to what is in use for a moment. test_arm.sh builds it for a dom0:
 *
 *   p2m DOMID        prints the number
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <xenctrl.h>

int main(int argc, char **argv)
{
    xc_interface *xen = xc_interface_open(NULL, NULL, 0);
    uint64_t was, used;
    uint32_t domid;

    if (argc != 2 || !xen)
        return 2;
    domid = (uint32_t)strtoul(argv[1], NULL, 10);
    if (xc_get_paging_mempool_size(xen, domid, &was))
        return 1;
    /* It ends in an error, at the pages that can't be given back. */
    (void)xc_set_paging_mempool_size(xen, domid, XC_PAGE_SIZE);
    if (xc_get_paging_mempool_size(xen, domid, &used) ||
        xc_set_paging_mempool_size(xen, domid, was))
        return 1;
    printf("%" PRIu64 "\n", used / XC_PAGE_SIZE);
    xc_interface_close(xen);
    return 0;
}
