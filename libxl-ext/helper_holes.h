/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The part of a guest's memory map where nothing is. A PVH guest of any size has
 * ACPI tables and its last pages just below 4 GiB, so in the first pass libxc asks Xen for
 * the types of a million pages, 1024 at a time, and sends a record for each
 * 1024, while the link is idle: two seconds in the lab, some tenths of one on a
 * fast host.
 *
 * So a thread asks from the end of the map downwards, while pages are sent. When
 * libxc comes to the hole, its end is known. libxenguest imports
 * xc_get_pfn_type_batch() and the functions that get it a buffer from
 * libxenctrl; this program has them as well, as it has write_exact()
 * (helper_codec.h). The bitmap of the pages to send is in such a buffer: where
 * all bits of it are set, as they are in the first pass, those of the hole are
 * taken out, and libxc goes on behind it.
 *
 * A guest that gets memory meanwhile is seen by the number of its pages, and
 * then libxc asks for all. What it gets in the hole just when it gives as much
 * away is not seen, as nobody sees what it gets behind the pass: from Xen 4.19
 * on such pages are logged as dirty (p2m_add_page), and go with the next round;
 * before that any toolstack loses them.
 */
#ifndef XLX_HELPER_HOLES_H
#define XLX_HELPER_HOLES_H

#include <xenctrl.h>

/* The first pass over this domain begins. Without it all is asked for. */
void xlx_holes_begin(xc_interface *xch, const xc_domaininfo_t *d);
/* Before the process ends. */
void xlx_holes_end(void);

/* helper_types.c: libxenctrl's xc_get_pfn_type_batch() and
 * xc__hypercall_buffer_alloc_pages(), .._free_pages(). */
int xlx_types_of_xen(xc_interface *xch, uint32_t domid, unsigned n,
                     xen_pfn_t *pfns);
void *xlx_buffer_of_xen(xc_interface *xch, xc_hypercall_buffer_t *b,
                        int pages);
void xlx_buffer_free_of_xen(xc_interface *xch, xc_hypercall_buffer_t *b,
                            int pages);

#endif
