/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes a snapshot: from a file, or by asking all configured hosts. */
#ifndef RACKHOP_CLUSTER_TAKE_H
#define RACKHOP_CLUSTER_TAKE_H

#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/cluster/off.h"
#include "tools/config.h"
#include "tools/doc/snapshot.h"

/* What the hosts said. */
struct taken {
    char *text; /* a snapshot's, to be freed; NULL: nothing was taken */
    size_t len, dead;
    int64_t asked_ms; /* clock_ms() when they were asked */
};

struct take {
    const struct config *conf;
    const char *file;        /* "-": standard input; NULL: the hosts */
    const struct taken *was; /* taken already: nobody is asked; may be NULL */
    struct taken *keep;      /* filled in for another take; may be NULL */
    const struct plan_settings *set;
    const struct snapshot_overlay *over; /* of the hosts' facts; may be NULL */
    unsigned timeout_ms;       /* for a host's answer, on top of sample_ms */
    unsigned sample_ms;        /* of CPU use; 0: as usual */
    const struct homes *homes; /* of guests of the hosts; may be NULL */
    /* hosts that were switched off; NULL: as this host's store has it */
    const struct off_list *off;
    bool ask_off; /* ask those as well */
    bool no_load; /* links count as idle but for what runs have reserved */
    bool no_map;  /* of hosts and guests alone: no map is asked for */
    bool compact; /* the text has no lines: nobody reads it */
    bool sum_up;  /* tell as well how many hosts are missing */
    /* how many hosts have answered, and how many have answered or failed;
     * may be NULL */
    void (*progress)(void *arg, size_t answered, size_t ended, size_t all);
    /* a sentence for the operator: a host does not answer, or something in the
     * facts cannot be right. Only the first of many are told. */
    void (*note)(void *arg, const char *text);
    /* something odd that the facts have, and what came of it; NULL: it is
     * told by `note` */
    void (*remark)(void *arg, const struct plan_note *n);
    void *arg;
    /* the result */
    size_t asked, dead;
    unsigned problems;
};

/* The hosts' facts as the text of a snapshot, which is to be freed. 0;
 * -EDESTADDRREQ: no hosts are configured; -EHOSTUNREACH: no facts could be
 * gathered; or another negative errno. A sentence in err. */
int take_text(struct take *t, char **text_r, size_t *len_r, struct msg *err);
/* The same, and -EINVAL when what was read cannot be right. */
int take_snapshot(struct take *t, struct snapshot *s, struct msg *err);

/* The planner's settings as the configuration has them. */
void take_settings(struct plan_settings *s, const struct config *c);

#endif
