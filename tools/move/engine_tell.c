/* SPDX-License-Identifier: LGPL-2.1-only */
/* Tells the caller of a move what is known of it, and why it failed. */
#include "tools/move/engine_impl.h"

#include <stdarg.h>
#include <stdio.h>

struct move_parties move_parties(const struct move *m)
{
    return (struct move_parties){
        .dom = &m->dom,
        .host = m->host,
        .target = m->ssh.pid > 0 ? &m->target : NULL,
    };
}

void move_fail(struct move *m, enum exit_code code, const char *fmt, ...)
{
    struct msg *text = &m->result->text;
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text->text, sizeof text->text, fmt, ap);
    va_end(ap);
    m->result->code = code;
    if (m->ev->failed)
        m->ev->failed(m->ev->arg, text->text);
}
