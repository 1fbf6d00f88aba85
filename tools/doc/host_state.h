/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a host is, as far as it is compared before and after work on it: a part
 * of its rackhop-facts/1, which a roll keeps in its record.
 */
#ifndef RACKHOP_DOC_HOST_STATE_H
#define RACKHOP_DOC_HOST_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/base/strlist.h"
#include "tools/doc/json.h"

struct host_state {
    char name[256];
    char boot[40];      /* id of the boot; "": not known */
    char xen[64];       /* "4.17.3"; "": it told of no Xen */
    int64_t memory_mib; /* -1: not known, as below */
    int64_t cpus;
    char max_pv[512], max_hvm[512]; /* featuresets, as Xen prints them */
    struct strlist networks;        /* what it offers guests */
    struct strlist storage;         /* likewise */
    struct strlist used;            /* storage that its guests use */
    struct strlist ports;           /* that are up; no bridges, no guest's */
    struct strlist neighbours;      /* "PORT SWITCH SWITCHPORT" by LLDP, of
                                 switches */
    bool knows_ports, knows_neighbours; /* are those lists told? */
};

void host_state_init(struct host_state *h);
void host_state_dispose(struct host_state *h);

/* From the text of a host's rackhop-facts/1, which is not trusted. h is
 * initialised, and to be disposed of either way. 0, or a negative errno and a
 * sentence. */
int host_state_parse(struct host_state *h, const char *name, const void *text,
                     size_t len, struct msg *err);

/* One object. */
void host_state_write(struct json_out *o, const struct host_state *h);
/* What that wrote. 0, -EINVAL or -ENOMEM. */
int host_state_read(struct host_state *h, const struct json *v);

#endif
