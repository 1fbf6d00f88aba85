/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Keeps a page of a domain mapped until it is ended, as a program that hangs
 * does: a domain that is destroyed meanwhile stays as a ghost. test_odd.sh
 * builds it for a dom0:
 *
 *   ghost DOMID      prints "mapped" when it has the page
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xenforeignmemory.h>

enum { RAM_PFN = 256 }; /* at 1 MiB: every guest of the lab has memory there */

int main(int argc, char **argv)
{
    xenforeignmemory_handle *xen = xenforeignmemory_open(NULL, 0);
    const xen_pfn_t pfn = RAM_PFN;
    int err = 0;

    if (argc != 2 || !xen)
        return 2;
    if (!xenforeignmemory_map(xen, (uint32_t)strtoul(argv[1], NULL, 10),
                              PROT_READ, 1, &pfn, &err) ||
        err) {
        fprintf(stderr, "page %d can't be mapped (%d)\n", RAM_PFN, err);
        return 1;
    }
    puts("mapped");
    fflush(stdout);
    for (;;)
        pause();
}
