/* SPDX-License-Identifier: LGPL-2.1-only */
/* The registers are hexadecimal text: JSON's numbers have no 64 bits. */
#include "tools/doc/xsave.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_MOST = 1 << 20 };

bool xsave_get(const struct json *v, uint64_t *xcr0_r, uint32_t *bytes_r)
{
    const char *text = json_get_str(v, "xcr0", "");
    size_t digits = strspn(text, "0123456789abcdef");
    int64_t bytes;

    if (!digits || digits > 16 || text[digits] ||
        json_copy_int(v, "bytes", 0, BYTES_MOST, 0, &bytes))
        return false;
    *xcr0_r = strtoull(text, NULL, 16);
    *bytes_r = (uint32_t)bytes;
    return true;
}

void xsave_put(struct json_out *o, uint64_t xcr0, uint32_t bytes)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIx64, xcr0);
    json_obj(o);
    json_kv_str(o, "xcr0", text);
    json_kv_int(o, "bytes", bytes);
    json_obj_end(o);
}
