/* SPDX-License-Identifier: LGPL-2.1-only */
/* The one form in which errors travel up to the operator. */
#include "tools/base/msg.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void msg_set(struct msg *m, const char *fmt, ...)
{
    char text[sizeof m->text];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    memcpy(m->text, text, strlen(text) + 1);
}

void msg_add(struct msg *m, const char *fmt, ...)
{
    size_t n = strlen(m->text);
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(m->text + n, sizeof m->text - n, fmt, ap);
    va_end(ap);
}
