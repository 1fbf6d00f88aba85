/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what xenstore has below a domain's path. */
#include "libxl-ext/xlx_impl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xenstore.h>

int xlx_store_read(struct xlx *x, uint32_t domid, const char *key, char *buf,
                   size_t size)
{
    char path[200];
    unsigned len;
    char *value;
    int rc = 0;

    *buf = '\0';
    snprintf(path, sizeof path, "/local/domain/%" PRIu32 "/%s", domid, key);
    errno = 0;
    value = xs_read(x->xsh, XBT_NULL, path, &len);
    if (!value)
        return errno ? -errno : -EIO;
    if (len >= size || memchr(value, '\0', len))
        rc = -E2BIG;
    else
        memcpy(buf, value, len + 1); /* xs_read() ends it with a NUL */
    free(value);
    return rc;
}
