/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as a control message: what is accepted is written the same. */
#include "libxl-ext/ctl.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[XLX_CTL_MAX], again[XLX_CTL_MAX];
    struct xlx_ctl c;
    size_t len;

    if (xlx_ctl_parse(&c, (const char *)data, size))
        return 0;
    if (c.verdict > XLX_WAIT || c.why > XLX_WHY_LAST || c.dirty < -1)
        abort();
    len = xlx_ctl_format(&c, text);
    if (len >= sizeof text || xlx_ctl_parse(&c, text, len) ||
        xlx_ctl_format(&c, again) != len || memcmp(text, again, len))
        abort();
    return 0;
}
