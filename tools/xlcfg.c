/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the name and the UUID of a guest from its xl.cfg. */
#include "tools/xlcfg.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxlutil.h>

#include "tools/base/uuid.h"

static void get_uuid(XLU_Config *x, char uuid[37])
{
    const char *s;

    if (xlu_cfg_get_string(x, "uuid", &s, 1) || strlen(s) != UUID_TEXT)
        return;
    for (size_t i = 0; i < UUID_TEXT; i++)
        uuid[i] = (char)tolower((unsigned char)s[i]);
    uuid[UUID_TEXT] = '\0';
    if (!uuid_ok(uuid))
        *uuid = '\0';
}

int xlcfg_guest(const char *text, size_t len, struct xlcfg_guest *g)
{
    char *said = NULL;
    size_t said_len;
    FILE *report;
    XLU_Config *x;
    const char *name;
    int rc = -EINVAL;

    memset(g, 0, sizeof *g);
    /* the parser takes for ever over a megabyte of NULs */
    if (memchr(text, '\0', len))
        return -EINVAL;
    report = open_memstream(&said, &said_len);
    x = report ? xlu_cfg_init(report, "xl.cfg") : NULL;
    if (x && !xlu_cfg_readdata(x, text, (int)len) &&
        !xlu_cfg_get_string(x, "name", &name, 1) && *name &&
        strlen(name) < sizeof g->name) {
        strcpy(g->name, name);
        get_uuid(x, g->uuid);
        rc = 0;
    }
    if (x)
        xlu_cfg_destroy(x);
    if (report)
        fclose(report);
    free(said);
    return rc;
}
