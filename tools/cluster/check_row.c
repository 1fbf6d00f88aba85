/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps what is wrong with a host or a switch. */
#include "tools/cluster/check_impl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/grow.h"
#include "tools/base/text.h"

int check_add(struct check_row *r, const char *check, bool note,
              const char *help, const char *fmt, ...)
{
    struct check_fault *f;
    char text[600], safe[600];
    va_list ap;
    int rc = array_grow(&r->fault, &r->fault_room, r->fault_n + 1,
                        sizeof *r->fault);

    if (rc)
        return rc;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    text_printable(safe, sizeof safe, text, strlen(text));
    f = &r->fault[r->fault_n++];
    *f = (struct check_fault){ check, note, strdup(safe), strdup(help) };
    return f->text && f->help ? 0 : -ENOMEM;
}

bool check_is_bad(const struct check_row *r)
{
    for (size_t i = 0; i < r->fault_n; i++)
        if (!r->fault[i].note)
            return true;
    return false;
}
