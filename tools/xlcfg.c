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

/* As xl reads it: by `type`, or else by `builder`, and PV where neither says
 * otherwise; the old pvh=1 counts as well. */
static bool is_pv(XLU_Config *x)
{
    const char *s;
    long pvh;

    if (!xlu_cfg_get_string(x, "type", &s, 1))
        return !strcmp(s, "pv");
    if (!xlu_cfg_get_string(x, "builder", &s, 1) && !strcmp(s, "hvm"))
        return false;
    return xlu_cfg_get_long(x, "pvh", &pvh, 1) || !pvh;
}

/* A line, or a list of them. */
static bool has_cpuid(XLU_Config *x)
{
    const char *s;

    return xlu_cfg_get_string(x, "cpuid", &s, 1) != ESRCH;
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
        g->pv = is_pv(x);
        g->has_cpuid = has_cpuid(x);
        rc = 0;
    }
    if (x)
        xlu_cfg_destroy(x);
    if (report)
        fclose(report);
    free(said);
    return rc;
}
