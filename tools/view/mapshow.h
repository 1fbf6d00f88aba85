/* SPDX-License-Identifier: LGPL-2.1-only */
/* Makes the map of a request's sources, and shows it: once, or again at each
 * change. */
#ifndef RACKHOP_VIEW_MAPSHOW_H
#define RACKHOP_VIEW_MAPSHOW_H

#include <stddef.h>

#include "tools/config.h"
#include "tools/view/mapview.h"

struct mapshow {
    const struct config *conf; /* live sources, and names of racks */
    const char *from;          /* a directory of captures, .. */
    const char *snapshot;      /* .. or a snapshot; both NULL: live */
    const char *rack;          /* show this rack alone; NULL: all */
    struct mapview view;
    bool tty;
};

/* The map once. An exit code: RC_PARTLY when a source of it failed. */
int mapshow_once(const struct mapshow *r);
/* The map now, and after each change of this host's table. An exit code. */
int mapshow_watch(struct mapshow *r);
/* What this host knows of its cables, as other hosts ask for it: which of its
 * ports lead to the n addresses. An exit code. */
int mapshow_facts(const struct config *conf, char **address, size_t n);

#endif
