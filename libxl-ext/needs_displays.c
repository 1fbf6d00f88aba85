/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reads where the VNC displays of a guest listen. Those for which QEMU looks
 * for a free port, as it does unless vncunused=0, stand in nobody's way.
 */
#include "libxl-ext/needs_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VNC_FIRST = 5900 };

static bool displays_is_fixed(const libxl_vnc_info *v)
{
    if (!libxl_defbool_is_default(v->enable) && !libxl_defbool_val(v->enable))
        return false;
    return !libxl_defbool_is_default(v->findunused) &&
           !libxl_defbool_val(v->findunused);
}

/* vnclisten= may name the display as well: "0.0.0.0:7". */
static int displays_add(struct xlx_needs *n, const libxl_vnc_info *v)
{
    const char *listen = v->listen && *v->listen ? v->listen : "127.0.0.1";
    const char *colon =
        *listen == '[' ? strstr(listen, "]:") : strchr(listen, ':');
    int host =
        colon ? (int)(colon - listen) + (*listen == '[') : (int)strlen(listen);
    int display = colon ? atoi(listen + host + 1) : v->display;
    char text[300];

    if (!displays_is_fixed(v) || display < 0 || display > 59635)
        return 0;
    snprintf(text, sizeof text, "%.*s:%d", host, listen, VNC_FIRST + display);
    return strlist_has(&n->displays, text) ? 0
                                           : strlist_add(&n->displays, text);
}

int xlx_needs_displays(struct xlx_needs *n, const libxl_domain_config *c)
{
    int rc = 0;

    if (c->b_info.type == LIBXL_DOMAIN_TYPE_HVM)
        return displays_add(n, &c->b_info.u.hvm.vnc);
    for (int i = 0; i < c->num_vfbs && !rc; i++)
        rc = displays_add(n, &c->vfbs[i].vnc);
    return rc;
}
