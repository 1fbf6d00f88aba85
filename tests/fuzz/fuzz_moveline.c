/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as the report of a move, in pieces as the first byte says. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/run/moveline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void one_line(void *arg, const char *text, size_t len)
{
    struct moveline m;

    if (moveline_parse(&m, text, len))
        return;
    /* what was let through can be shown and added up */
    if (m.bytes < -1 || m.round < -1 || m.pause_ms < -1 ||
        !isfinite(m.seconds) || m.seconds < -1 || m.seconds > 1e15 ||
        strlen(m.text) >= sizeof m.text)
        abort();
    for (const char *p = m.text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct moveline_buffer b = { .text = NULL };
    size_t piece = size ? 1 + data[0] : 1;

    for (size_t at = 1; at < size;) {
        size_t room, n = size - at < piece ? size - at : piece;
        char *to = moveline_room(&b, &room);

        if (!to || !room)
            abort();
        n = n < room ? n : room;
        memcpy(to, data + at, n);
        moveline_feed(&b, n, one_line, NULL);
        at += n;
    }
    moveline_buffer_dispose(&b);
    return 0;
}
