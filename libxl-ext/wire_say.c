/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells the process that started rackhop-wire what comes of it. */
#include "libxl-ext/wire_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

void wire_report(const struct wire *w, const struct lane_report *r)
{
    char line[LANE_WORDS_MAX];
    size_t n = lane_report_put(r, line);

    /* one that does not listen misses it, and sees the end of the process */
    (void)!send(WIRE_CONTROL, line, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void wire_fail(struct wire *w, const char *fmt, ...)
{
    struct lane_report r = { .type = LANE_FAILED };
    va_list ap;

    if (w->failed)
        return;
    w->failed = w->ended = true;
    va_start(ap, fmt);
    vsnprintf(r.text, sizeof r.text, fmt, ap);
    va_end(ap);
    wire_report(w, &r);
    loop_stop(&w->loop);
}
