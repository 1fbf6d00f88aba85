/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as what a source host sends of a guest's start at boot, and
 * as a guest's configuration. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/libxlutil_leaks.h"
#include "tools/doc/autostart.h"
#include "tools/xlcfg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct autostart a, same;
    struct xlcfg_guest g;
    struct msg err;
    char *text;

    if (!autostart_parse(&a, "fuzz", (const char *)data, size, &err)) {
        text = autostart_format(&a);
        if (!text ||
            autostart_parse(&same, "again", text, strlen(text), &err) ||
            same.n != a.n)
            abort();
        autostart_dispose(&same);
        autostart_dispose(&a);
        free(text);
    }
    if (size < 4096)
        xlcfg_guest((const char *)data, size, &g);
    return 0;
}
