/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The part of a guest's memory map where nothing is. A PVH guest of any size
 * has its last pages just below 4 GiB, so libxc asks Xen in the first pass for
 * the types of a million pages, 1024 at a time, while the link is idle: two
 * seconds in the lab, some tenths of one on a fast host.
 *
 * libxenguest imports xc_get_pfn_type_batch() from libxenctrl; this program
 * defines it, as it does write_exact() (helper_codec.h). Xen tells how many
 * pages the domain owns. Once as many were seen below and at the end of the map,
 * there is none between, and nobody has to ask.
 *
 * A guest that balloons meanwhile changes that number, and then libxc asks for
 * all. What a guest takes back just then as many pages as it gives away, in the
 * hole, is not seen, as a page is not that it takes back behind the pass: Xen
 * from 4.19 on logs such pages as dirty (p2m_add_page), and they go with the
 * next round; before that they are lost with any toolstack.
 */
#ifndef XLX_HELPER_HOLES_H
#define XLX_HELPER_HOLES_H

#include <xenctrl.h>

/* The first pass over this domain begins. Without it all is asked for. */
void xlx_holes_begin(xc_interface *xch, const xc_domaininfo_t *d);

/* helper_types.c: libxenctrl's xc_get_pfn_type_batch(). */
int xlx_types_of_xen(xc_interface *xch, uint32_t domid, unsigned n,
                     xen_pfn_t *pfns);

#endif
