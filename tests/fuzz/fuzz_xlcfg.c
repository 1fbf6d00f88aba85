/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as a guest's configuration: its name and its UUID. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/libxlutil_leaks.h"
#include "tools/base/uuid.h"
#include "tools/xlcfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct xlcfg_guest g;

    if (xlcfg_guest((const char *)data, size, &g))
        return 0;
    if (!*g.name || !memchr(g.name, 0, sizeof g.name))
        abort();
    if (*g.uuid && !uuid_ok(g.uuid))
        abort();
    return 0;
}
