/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells the process that started rackhop-wire what comes of it. */
#include "libxl-ext/wire_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

/* A process that was stopped for long misses some; it sees the end of this one
 * in any case. */
void wire_report(struct wire *w, const struct lane_report *r)
{
    char line[LANE_WORDS_MAX];
    size_t n = lane_report_put(r, line);

    if (send(WIRE_CONTROL, line, n, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        w->missed = true;
}

void wire_report_again(struct wire *w)
{
    w->missed = false;
    for (unsigned i = 0; i < w->start.lanes; i++) {
        const struct wire_conn *c = &w->lane[i];
        struct lane_report r = { .type = c->fd >= 0 ? LANE_UP : LANE_DOWN,
                                 .lane = i };

        snprintf(r.text, sizeof r.text, "%s",
                 c->fd >= 0 ? tls_cipher(c->tls) : "it was lost");
        if (!w->missed)
            wire_report(w, &r);
    }
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
