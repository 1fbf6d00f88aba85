/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Tells a cap that a move has set from one that somebody else has set since,
 * and puts the guest's own back.
 */
#include "libxl-ext/cap.h"

#include <errno.h>
#include <stdio.h>

#include "libxl-ext/xlx_impl.h"

bool xlx_cap_is_ours(const struct xlx_cap *c, unsigned now)
{
    if (!c->set[0])
        return true;
    return now && (now == c->set[0] || now == c->set[1]);
}

int xlx_cap_put_back(struct xlx *x, uint32_t domid, const struct xlx_cap *c)
{
    unsigned now;
    int rc = xlx_cap_get(x, domid, &now);

    if (!rc && now != c->own && xlx_cap_is_ours(c, now))
        rc = xlx_cap_set(x, domid, c->own);
    if (!rc) /* a note that stays says nothing of a cap that is none of ours */
        xlx_cap_note(x, domid, NULL);
    return rc;
}

int xlx_cap_noted(struct xlx *x, uint32_t domid, struct xlx_cap *c)
{
    char text[64];
    int rc = xlx_store_read(x, domid, XLX_CAP_NOTE, text, sizeof text);

    if (rc)
        return rc;
    return sscanf(text, "%7u %7u %7u", &c->own, &c->set[0], &c->set[1]) == 3
               ? 0
               : -EINVAL;
}
