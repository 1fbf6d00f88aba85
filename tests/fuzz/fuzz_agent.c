/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads any bytes as what a guest says of itself, and as what smartctl and
 * ipmitool print. */
#include <stdlib.h>
#include <string.h>

#include "tools/daemon/hint.h"
#include "tools/doc/smart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void within(int64_t n)
{
    if (n < -1 || n > 1ll << 50)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct smart s;
    struct hint h;
    double w;

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    (void)hint_parse(&h, text);
    within(h.faults);
    within(h.stall_us);
    within(h.swap_kib);
    if (!smart_parse(&s, text, size) && s.bad < 0)
        abort();
    w = dcmi_parse(text);
    if (!(w == -1 || (w > 0 && w < 1e5)))
        abort();
    free(text);
    return 0;
}
