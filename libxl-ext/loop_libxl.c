/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes libxl a guest of the poll loop. */
#include "libxl-ext/loop_libxl.h"

#include <errno.h>
#include <sys/time.h>

#include <libxl_event.h>

static int libxl_before(void *arg, struct pollfd *p, int *n, int *timeout_ms)
{
    struct timeval now;
    int r;

    gettimeofday(&now, NULL);
    r = libxl_osevent_beforepoll(arg, n, p, timeout_ms, now);
    if (!r)
        return 0;
    return r == ERROR_BUFFERFULL ? -ENOBUFS : -EIO;
}

static void libxl_after(void *arg, struct pollfd *p, int n)
{
    struct timeval now;

    gettimeofday(&now, NULL);
    libxl_osevent_afterpoll(arg, n, p, now);
}

void xlx_loop_join(struct loop *l, struct loop_guest *g, libxl_ctx *ctx)
{
    *g = (struct loop_guest){ .before = libxl_before,
                              .after = libxl_after,
                              .arg = ctx };
    loop_guest_add(l, g);
}
