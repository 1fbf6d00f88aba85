/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Limits how much CPU time a guest gets: the cap of Xen's credit schedulers, in
 * percent of one physical CPU. 0 is no limit.
 */
#ifndef XLX_CAP_H
#define XLX_CAP_H

#include <stdint.h>

struct xlx;

/* 0; -EOPNOTSUPP: the guest's scheduler has no cap; or another negative errno. */
int xlx_cap_get(struct xlx *x, uint32_t domid, unsigned *cap_r);
int xlx_cap_set(struct xlx *x, uint32_t domid, unsigned cap);

#endif
