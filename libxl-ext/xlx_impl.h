/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the files of this folder share about the handle. */
#ifndef XLX_IMPL_H
#define XLX_IMPL_H

#include <libxl.h>
#include <libxl_event.h>
#include <xenctrl.h>

#include "libxl-ext/migrate.h"

struct xs_handle;
struct xlx {
    libxl_ctx *ctx;
    xc_interface *xch;
    struct xs_handle *xsh;
    xentoollog_logger *lg;
};

/* xenstore.c. Reads a value below the domain's own path. 0; -ENOENT: there is
 * none; -E2BIG: it does not fit; else xenstore could not tell. */
int xlx_store_read(struct xlx *x, uint32_t domid, const char *key, char *buf,
                   size_t size);
/* Writes one; NULL: removes it. 0 or a negative errno. */
int xlx_store_write(struct xlx *x, uint32_t domid, const char *key,
                    const char *value);

/* children.c: fork() for what libxl starts. */
pid_t xlx_child_fork(void *user);

/* Does xenstored answer within 20 seconds? All of libxl waits for it for ever.
 * When there is none, that is an answer as well. */
bool xlx_store_answers(void);

/* "ERROR_NOMEM" and its friends, in words. */
const char *xlx_libxl_text(int libxl_rc);
/* The same as a negative errno. */
int xlx_libxl_errno(int libxl_rc);

#endif
