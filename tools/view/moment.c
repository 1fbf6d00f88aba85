/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows a moment, in UTC. */
#include "tools/view/moment.h"

#include <time.h>

void moment_show(FILE *f, double at_s)
{
    time_t t = (time_t)at_s;
    char text[32];
    struct tm tm;

    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%SZ", &tm);
    fputs(text, f);
}
