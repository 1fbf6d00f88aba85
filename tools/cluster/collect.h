/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The facts of all hosts of the configuration, asked in parallel, and the map
 * of the racks, as the text of one rackhop-snapshot/1.
 */
#ifndef RACKHOP_CLUSTER_COLLECT_H
#define RACKHOP_CLUSTER_COLLECT_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/config.h"
#include "tools/cluster/off.h"
#include "tools/doc/home.h"
#include "tools/base/msg.h"

/* A plan that levels CPU use needs a better mean of it than others. */
enum { COLLECT_SAMPLE_MS = 500, COLLECT_SAMPLE_LEVEL_MS = 5000 };

/* So much of such a mean as a cluster of so many hosts allows: they are asked in
 * turns, and all of these are to be over before the first answers are old. Guests
 * of which the means of a day are known, by agents, need it least. */
unsigned collect_level_ms(size_t hosts);

struct collect {
    const struct config *conf;
    unsigned timeout_ms;       /* for each host, on top of sample_ms */
    unsigned sample_ms;        /* how long CPU use is looked at; 0: as usual */
    bool no_load;              /* of links: what they carry is the run's own */
    bool no_map;               /* of hosts alone: no map is asked for */
    bool compact;              /* the text has no lines: nobody reads it */
    const struct homes *homes; /* of guests that are away; may be NULL */
    /* hosts that were switched off: their records stand for them, and they are
     * asked only if they may be on (or all: ask_off). NULL: there are none */
    const struct off_list *off;
    bool ask_off;
    /* told about: how many hosts have answered, how many have answered or
     * failed, and which failed */
    void (*progress)(void *arg, size_t answered, size_t ended, size_t all);
    void (*failed)(void *arg, const char *host, bool answered,
                   const char *why);
    /* Told of what changed since the last look at the map, and of what the
     * configuration has and the cluster has not; may be NULL. */
    void (*note)(void *arg, const char *text);
    void *arg;
    /* the result */
    size_t asked, dead; /* hosts that are off are in neither */
    char *text;         /* to be freed */
    size_t len;
};

/*
 * 0 when at least one host has answered (`dead` are told of by `failed`);
 * -EDESTADDRREQ: none is configured; or another negative errno. One sentence in
 * err.
 */
int collect_run(struct collect *k, struct msg *err);

#endif
