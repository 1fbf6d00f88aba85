/* SPDX-License-Identifier: LGPL-2.1-only */
/* Cuts names to the width of a column, without what a terminal would obey. */
#include "tools/view/name.h"

#include <string.h>

#include "tools/base/text.h"

const char *name_shown(char buf[NAME_SHOWN], const char *name)
{
    return text_printable(buf, NAME_SHOWN, name, strlen(name));
}

const char *hops_shown(char buf[HOPS_SHOWN], int hops, bool path_unknown)
{
    snprintf(buf, HOPS_SHOWN, "%d%s", hops, path_unknown ? "?" : "");
    return buf;
}

void hops_legend(FILE *f, bool any)
{
    if (any)
        fputs("? the rack map shows no path: hops and rate are assumed\n", f);
}

int name_wider(int width, const char *name)
{
    char buf[NAME_SHOWN];
    int n = (int)strlen(name_shown(buf, name));

    return n > width ? n : width;
}
