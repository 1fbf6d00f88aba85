/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes text from outside into a page. */
#include "tools/view/html.h"

#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/complain.h"

static void html_escape(FILE *f, const char *s)
{
    for (; *s; s++)
        switch (*s) {
        case '&': fputs("&amp;", f); break;
        case '<': fputs("&lt;", f); break;
        case '>': fputs("&gt;", f); break;
        case '"': fputs("&quot;", f); break;
        case '\'': fputs("&#39;", f); break;
        default: fputc(*s, f);
        }
}

void html_text(FILE *f, const char *s)
{
    size_t len = strlen(s);
    /* a byte that is no text becomes a character of three */
    char *safe = malloc(3 * len + 1);

    if (safe)
        html_escape(f, text_printable(safe, 3 * len + 1, s, len));
    else
        die_oom();
    free(safe);
}
