/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells the caller of a move what happens, and keeps the first failure. */
#include "libxl-ext/send_impl.h"

void xlx_send_emit(struct sender *m, struct xlx_event *ev)
{
    ev->now_us = clock_us();
    ev->bytes = m->pump.bytes;
    ev->acked = m->acked;
    if (m->s->event)
        m->s->event(m->s->arg, ev);
}

void xlx_send_emit_type(struct sender *m, enum xlx_event_type t)
{
    xlx_send_emit(m, &(struct xlx_event){ .type = t, .dirty = -1 });
}

/* The first cause is the one that counts. */
enum ho_input xlx_send_failed(struct sender *m, int rc, const char *text)
{
    if (!*m->err->text)
        msg_set(m->err, "%s", text);
    m->rc = rc;
    return HO_FAILED;
}
