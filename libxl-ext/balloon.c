/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and sets what memory a guest should have. */
#include "libxl-ext/balloon.h"

#include <errno.h>
#include <stdlib.h>

#include "libxl-ext/xlx_impl.h"

/* What libxl_set_memory_target() refuses to go above; KiB. */
uint64_t xlx_balloon_most(struct xlx *x, uint32_t domid)
{
    char text[32], *end;
    uint64_t kib;

    if (xlx_store_read(x, domid, "memory/static-max", text, sizeof text))
        return 0;
    kib = strtoull(text, &end, 10);
    return *end || end == text ? 0 : kib;
}

int xlx_balloon_get(struct xlx *x, uint32_t domid, struct xlx_balloon *b,
                    struct msg *err)
{
    *b = (struct xlx_balloon){ .most_kib = xlx_balloon_most(x, domid) };
    if (!libxl_get_memory_target(x->ctx, domid, &b->target_kib) &&
        !libxl_get_free_memory(x->ctx, &b->free_kib))
        return 0;
    msg_set(err, "libxl does not tell what memory it should have");
    return -EIO;
}

int xlx_balloon_set(struct xlx *x, uint32_t domid, uint64_t target_kib,
                    struct msg *err)
{
    if (!libxl_set_memory_target(x->ctx, domid, (int64_t)target_kib, 0, 1))
        return 0;
    msg_set(err, "libxl could not set its memory target to %llu MiB",
            (unsigned long long)(target_kib >> 10));
    return -EIO;
}
