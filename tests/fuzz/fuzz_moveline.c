/* SPDX-License-Identifier: LGPL-2.1-only */
/* Any bytes as the report of a move, in pieces as the first byte says; and as
 * the line that starts one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tools/move/startline.h"
#include "tools/run/moveline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is believed is a rate, and can be said again. */
static void start_line(const uint8_t *data, size_t size)
{
    char line[256], again[STARTLINE_MAX];
    double mbps, same;

    if (size >= sizeof line)
        return;
    memcpy(line, data, size);
    line[size] = '\0';
    if (startline_parse(line, &mbps))
        return;
    if (mbps < 0 || mbps > 1e6)
        abort();
    size = startline_format(mbps, again);
    if (!size || size >= sizeof again || again[size - 1] != '\n')
        abort();
    again[size - 1] = '\0';
    if (startline_parse(again, &same) || fabs(same - mbps) > 0.001)
        abort();
}

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

    start_line(data, size);
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
