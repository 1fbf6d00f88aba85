/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes a rackhop-snapshot/1 out of what the hosts said of themselves: begin,
 * each host, snapshot_write_domains(), each domain, end. The member names of
 * the facts are those of a snapshot, so most of them are copied.
 */
#ifndef RACKHOP_DOC_SNAPSHOT_WRITE_H
#define RACKHOP_DOC_SNAPSHOT_WRITE_H

#include <time.h>

#include "tools/base/strlist.h"
#include "tools/doc/json.h"

struct topo;

struct snapshot_host {
    const char *name;         /* whatever the host calls itself */
    const struct json *facts; /* "host" of its facts */
    double arriving_mib;      /* comes on top of its "reserved_mib" */
    double coming_mib;        /* so much of that is still to come */
    struct strlist arriving;  /* UUIDs of guests that it receives */
    double nic_mbps;          /* of its ports for migrations; 0: unknown */
};

struct snapshot_domain {
    const char *host;
    const struct json *facts; /* one of "domains" of its host's facts */
    size_t name_len;          /* so much of its name counts */
    struct strlist apart, apart_racks, together; /* groups */
    struct strlist only;                         /* hosts, rack:NAME */
    long priority;                               /* 0: it has none */
    const char *pinned_why; /* NULL: only what its facts say counts */
    const char *home;       /* the host where it belongs, or NULL */
};

void snapshot_write_begin(struct json_out *o, time_t taken,
                          const struct topo *map);
void snapshot_write_host(struct json_out *o, const struct snapshot_host *h);
void snapshot_write_domains(struct json_out *o);
void snapshot_write_domain(struct json_out *o,
                           const struct snapshot_domain *d);
void snapshot_write_end(struct json_out *o);

#endif
