/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints errors to stderr, after the program's name. */
#include "tools/complain.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/exit.h"

void vcomplain(const char *fmt, va_list ap)
{
    fflush(stdout);
    fputs("rackhop: ", stderr);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
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
