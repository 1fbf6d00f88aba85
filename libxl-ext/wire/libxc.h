/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The numbers of libxc's migration stream, which no header of Xen has:
 * tools/libs/guest/xg_sr_stream_format.h, the same from Xen 4.17 to 4.20.
 */
#ifndef XLX_WIRE_LIBXC_H
#define XLX_WIRE_LIBXC_H

/* Types of records. */
enum {
    LIBXC_END = 0,
    LIBXC_PAGE_DATA = 1,
    LIBXC_TSC_INFO = 8,
    LIBXC_HVM_CONTEXT = 9,
    LIBXC_HVM_PARAMS = 10,
    LIBXC_VERIFY = 13,
    LIBXC_STATIC_DATA_END = 16,
};
/* Set in the type of a record that a reader may skip. */
#define LIBXC_OPTIONAL 0x80000000u

/* Types of a record's pages, in the uppermost four bits of an element
 * (pfn_list.h): those that come without data. */
enum { LIBXC_BROKEN = 0xd, LIBXC_ALLOC = 0xe, LIBXC_NO_PAGE = 0xf };

/* Bytes in front of the first record: the image's head and the domain's, which
 * has the type of guest; that of PVH guests is HVM. */
enum { LIBXC_IMAGE_HEAD = 24, LIBXC_DOMAIN_HEAD = 16 };
enum { LIBXC_GUEST_PV = 1, LIBXC_GUEST_HVM = 2 };

#endif
