/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Takes data/ and vm-data/ of a guest's folder in xenstore from host to host.
 *
 * libxl leaves them behind. What is in its configuration as xsdata, however,
 * it writes into the folder of the guest that it builds, so the source host
 * alone can send them, to any target host.
 */
#ifndef XLX_STORE_DATA_H
#define XLX_STORE_DATA_H

#include <libxl.h>

struct xlx;

enum {
    XLX_STORE_NODES = 256,
    XLX_STORE_BYTES = 65536, /* of keys and values */
    XLX_STORE_DEPTH = 8,
    XLX_STORE_KEY = 256,
};

/*
 * Puts the nodes into the configuration in place of those of an earlier move;
 * with `take` false it only removes those. What is too much, or no plain text,
 * is left behind, and the log says so. 0 or -ENOMEM.
 */
int xlx_store_data(struct xlx *x, uint32_t domid, bool take,
                   libxl_domain_config *c);

#endif
