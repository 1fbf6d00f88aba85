/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What part of the processors Xen's credit schedulers let a guest have: its
 * weight beside others, and its cap.
 */
#ifndef XLX_SHARE_H
#define XLX_SHARE_H

#include <stdint.h>

struct xlx;

struct xlx_share {
    unsigned weight; /* Xen's default is 256; 0: its scheduler has none */
    unsigned cap;    /* in percent of one physical CPU; 0: there is none */
};

/* As the administrator has set them: a cap that a move has set for a while
 * counts as what the guest had before. What can't be read is 0. */
void xlx_share_read(struct xlx *x, uint32_t domid, struct xlx_share *s);

#endif
