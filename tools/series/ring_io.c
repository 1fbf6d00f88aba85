/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes bytes of a file of samples, all that are asked for. */
#include "tools/series/ring_impl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int ring_pread(struct ring *r, void *to, size_t len, size_t at)
{
    uint8_t *p = to;

    while (len) {
        ssize_t n = pread(r->fd, p, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (!n) {
            memset(p, 0, len);
            return 0;
        }
        p += n;
        at += (size_t)n;
        len -= (size_t)n;
    }
    return 0;
}

int ring_pwrite(struct ring *r, const void *from, size_t len, size_t at)
{
    const uint8_t *p = from;

    while (len) {
        ssize_t n = pwrite(r->fd, p, len, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? -errno : -EIO;
        p += n;
        at += (size_t)n;
        len -= (size_t)n;
    }
    return 0;
}
