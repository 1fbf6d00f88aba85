/* SPDX-License-Identifier: LGPL-2.1-only */
/* Decides whether there are colours, and which: eight that all terminals have. */
#include "tools/view/theme.h"

#include <stdlib.h>
#include <string.h>

bool theme_wanted(const char *when, bool tty, bool *ok_r)
{
    const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

    *ok_r = true;
    if (when && !strcmp(when, "always"))
        return true;
    if (when && !strcmp(when, "never"))
        return false;
    *ok_r = !when || !strcmp(when, "auto");
    return tty && !(no && *no) && term && *term && strcmp(term, "dumb") != 0;
}

const char *theme_begin(enum theme what, bool colour)
{
    static const char *const codes[] = { "", "\033[32m", "\033[33m",
                                         "\033[31m" };

    return colour ? codes[what] : "";
}

const char *theme_end(enum theme what, bool colour)
{
    return colour && what != THEME_PLAIN ? "\033[0m" : "";
}
