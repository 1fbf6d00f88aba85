/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints errors to stderr, after the program's name, safe for a terminal. */
#include "tools/complain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/exit.h"

void vcomplain(const char *fmt, va_list ap)
{
    char text[8192], shown[8192];

    vsnprintf(text, sizeof text, fmt, ap);
    fflush(stdout);
    fprintf(stderr, "rackhop: %s\n",
            text_printable(shown, sizeof shown, text, strlen(text)));
}

void complain(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vcomplain(fmt, ap);
    va_end(ap);
}

void die_oom(void)
{
    complain("out of memory");
    exit(RC_FAILED);
}
