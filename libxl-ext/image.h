/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Foretells what a guest's memory takes on the wire, for guests that have not
 * moved yet: a sample of its pages goes through the codec.
 */
#ifndef XLX_IMAGE_H
#define XLX_IMAGE_H

#include "libxl-ext/domain.h"

/*
 * Bytes on the wire for each byte of its memory, by the weakest compression
 * that a codec may choose. At most 1024 pages are looked at, spread evenly. 0;
 * -EOPNOTSUPP: not of PV guests, whose frames are not numbered like that; or
 * another negative errno.
 */
int xlx_image_ratio(const struct xlx_domain *d, double *ratio_r);

#endif
