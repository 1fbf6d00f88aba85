/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-snapshot/1: a cluster at one moment, read into the scheduler's
 * cluster and the rack map. rackhop-formats(5) describes the document.
 */
#ifndef RACKHOP_DOC_SNAPSHOT_H
#define RACKHOP_DOC_SNAPSHOT_H

#include <stddef.h>

#include "scheduler/scheduler.h"
#include "tools/doc/json.h"
#include "tools/base/msg.h"

struct topo;

/* A guest was moving to this host when the facts were gathered: the host's
 * reserved memory has it counted. */
struct snapshot_arrival {
    uint32_t host; /* of the cluster */
    char *uuid;
};

/* What a run has reserved on a host; dead: its executor's host says that no
 * such run is alive. */
struct snapshot_link {
    char from[65]; /* a host */
    double mbps;
};
struct snapshot_reserved {
    uint32_t host; /* of the cluster */
    char run[65], executor[65];
    uint64_t stamp;
    int64_t mib;
    struct snapshot_link *link; /* ways that its guests come by */
    size_t links;
    bool dead;
};

struct snapshot {
    struct plan_cluster *cluster;
    struct topo *map;
    char sha256[65]; /* of the file */
    char *taken;     /* as the document says; NULL: it does not */
    struct snapshot_arrival *arrival;
    size_t arrival_n;
    struct snapshot_reserved *reserved;
    size_t reserved_n;
};

/* Called once for each thing that is wrong, with one sentence that is safe to
 * print. */
struct snapshot_problems {
    void (*tell)(void *arg, const char *text);
    void *arg;
};

/* Called when all is read and before the cluster is indexed, so that more can
 * be laid over it (scheduler.h: plan_pin() ..). 0 or a negative errno. */
struct snapshot_overlay {
    int (*apply)(void *arg, struct snapshot *s);
    void *arg;
    const char *run; /* what other runs than this have reserved is taken */
};

/*
 * Reads a file ("-": standard input), or a text in memory. What cannot be
 * right is reported, all of it: missing and mistyped members, then
 * contradictions. Returns 0, -EINVAL when anything was reported, or another
 * negative errno with one sentence in err. After 0 the caller calls
 * snapshot_dispose().
 */
int snapshot_load(struct snapshot *s, const char *path,
                  const struct plan_settings *set,
                  const struct snapshot_problems *p, struct msg *err);
int snapshot_parse(struct snapshot *s, const char *name, const void *text,
                   size_t len, const struct plan_settings *set,
                   const struct snapshot_problems *p, struct msg *err);
/* The same of what hosts say of themselves just now, with an overlay, which
 * may be NULL. What is wrong with a host or a guest leaves it out, or where it
 * is, with a note in the cluster; it stops nobody. */
int snapshot_parse_facts(struct snapshot *s, const char *name,
                         const void *text, size_t len,
                         const struct plan_settings *set,
                         const struct snapshot_overlay *over,
                         const struct snapshot_problems *p, struct msg *err);
void snapshot_dispose(struct snapshot *s);

#endif
