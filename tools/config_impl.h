/* SPDX-License-Identifier: LGPL-2.1-only */
/* The table of settings, shared by its rows, its reader and --show-config. */
#ifndef RACKHOP_CONFIG_IMPL_H
#define RACKHOP_CONFIG_IMPL_H

#include <stddef.h>

#include "tools/config.h"

enum config_type {
    T_LONG,
    T_DOUBLE,
    T_YESNO,
    T_STRING,
    T_WORD,
    T_HOSTS,
    T_SWITCHES,
    T_GROUPS,
    T_GUESTS,
};

struct setting {
    const char *name;
    enum config_type type;
    double min, max;
    const char *dflt; /* in the file's syntax; NULL: none. T_WORD: all that it
                         may be, with the default first: "yes|no" */
    const char *text;
    size_t at;
};

/* config_table.c; ends with name NULL. */
extern const struct setting config_table[];

#endif
