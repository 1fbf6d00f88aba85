/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes libxl a guest of the poll loop. */
#ifndef XLX_LOOP_LIBXL_H
#define XLX_LOOP_LIBXL_H

#include <libxl.h>

#include "tools/base/loop.h"

/*
 * libxl's asynchronous operations then go on while the loop runs, and their
 * callbacks are called in it. g is the caller's and outlives the loop.
 */
void xlx_loop_join(struct loop *l, struct loop_guest *g, libxl_ctx *ctx);

#endif
