/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The facts of all hosts of the configuration, asked in parallel, and the map
 * of the racks, as the text of one rackhop-snapshot/1.
 */
#ifndef RACKHOP_RUN_COLLECT_H
#define RACKHOP_RUN_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/config.h"

struct collect {
    const struct config *conf;
    unsigned timeout_ms; /* for each host */
    /* told about: how many hosts have answered or failed, and who failed */
    void (*progress)(void *arg, size_t ended, size_t all);
    void (*failed)(void *arg, const char *host, const char *why);
    void *arg;
    /* the result */
    size_t asked, dead;
    char *text; /* to be freed */
    size_t len;
};

/*
 * 0 when at least one host has answered (`dead` are told of by `failed`); or
 * a negative errno and one sentence in err.
 */
int collect_run(struct collect *k, char *err, size_t errlen);

#endif
