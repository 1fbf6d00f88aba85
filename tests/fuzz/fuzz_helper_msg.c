/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as messages from a save helper: what reads is written the same. */
#include "tests/lib/helper_msg_read.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The encoder cuts texts that are longer than a helper ever writes. */
static bool cut(const struct xlx_helper_msg *m)
{
    for (int i = 0; i < 2; i++)
        if (m->str[i] && strlen(m->str[i]) >= HM_STRING_MAX)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t again[HM_MAX + 2];
    struct xlx_helper_msg m;

    while (size) {
        int used = helper_msg_decode(data, size, &m);

        if (used <= 0)
            break;
        if ((size_t)used > size || m.type < HM_LOG || m.type > HM_COMPLETE)
            abort();
        if (!cut(&m) && (xlx_helper_msg_encode(&m, again) != (size_t)used ||
                         memcmp(again, data, (size_t)used)))
            abort();
        data += used;
        size -= (size_t)used;
    }
    return 0;
}
