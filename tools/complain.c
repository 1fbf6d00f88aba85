/* SPDX-License-Identifier: LGPL-2.1-only */
/* Prints errors to stderr, after the program's name, safe for a terminal. */
#include "tools/complain.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/text.h"
#include "tools/exit.h"

static bool as_objects; /* set once, when the command's options are known */

void complain_as_objects(void)
{
    as_objects = true;
}

enum { TEXT = 8192 };

/* The text is valid UTF-8 without control characters by now. It goes at once:
 * where stdout goes the same way, a line of that would come into its middle. */
static void complain_object(const char *text)
{
    char quoted[2 * TEXT];
    size_t n = 0;

    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            quoted[n++] = '\\';
        quoted[n++] = *text;
    }
    quoted[n] = '\0';
    fprintf(stderr, "{\"format\":\"rackhop-error/1\",\"text\":\"%s\"}\n",
            quoted);
}

void vcomplain(const char *fmt, va_list ap)
{
    char text[TEXT], shown[TEXT];

    vsnprintf(text, sizeof text, fmt, ap);
    fflush(stdout);
    text_printable(shown, sizeof shown, text, strlen(text));
    if (as_objects)
        complain_object(shown);
    else
        fprintf(stderr, "rackhop: %s\n", shown);
}

void complain_hint(const char *fmt, ...)
{
    va_list ap;

    if (as_objects)
        return;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
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
