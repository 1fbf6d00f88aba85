/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads what libxl and the move tell a helper when they start it. */
#include "libxl-ext/helper_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

unsigned long xlx_helper_number(const char *s)
{
    char *end;
    unsigned long v;

    errno = 0;
    v = strtoul(s, &end, 10);
    if (errno || *end || end == s)
        xlx_helper_fail("bad argument %s", s);
    return v;
}

void xlx_helper_find_ctl(struct helper *h)
{
    const char *fd = getenv(XLX_ENV_CTL);

    h->ctl = -1;
    if (!fd)
        return;
    h->ctl = (int)xlx_helper_number(fd);
    if (fcntl(h->ctl, F_SETFD, FD_CLOEXEC))
        xlx_helper_fail("%s names no descriptor", XLX_ENV_CTL);
}
