/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files of this folder share about the handle. */
#ifndef XLX_IMPL_H
#define XLX_IMPL_H

#include <libxl.h>
#include <libxl_event.h>
#include <xenctrl.h>

#include "libxl-ext/migrate.h"

struct xlx {
    libxl_ctx *ctx;
    xc_interface *xch;
    xentoollog_logger *lg;
};

/* "ERROR_NOMEM" and its friends, in words. */
const char *xlx_libxl_text(int libxl_rc);
/* The same as a negative errno. */
int xlx_libxl_errno(int libxl_rc);

#endif
