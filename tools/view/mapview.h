/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows the map in whichever form is wanted, for people and for programs. */
#ifndef RACKHOP_VIEW_MAPVIEW_H
#define RACKHOP_VIEW_MAPVIEW_H

#include <stdbool.h>

#include "topology/export.h"
#include "topology/map.h"

enum map_form {
    MAP_TEXT,
    MAP_JSON,
    MAP_DOT,
    MAP_SVG,
    MAP_SLURM,
    MAP_RFC8345,
    MAP_HDFS,
    MAP_PROMETHEUS,
};

struct mapview {
    enum map_form form;
    bool matrix; /* MAP_TEXT, MAP_JSON */
    bool colour;
    char *const *pair;    /* two hosts of which the paths are shown, or NULL */
    struct topo_svg look; /* MAP_SVG */
};

/* Writes the map to stdout. An exit code; what failed has been told. */
int mapview_show(const struct mapview *v, const struct topo_map *m);

#endif
