/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * A Xen host's own part of rackhop-facts/1: "host" and "domains", which are
 * also a snapshot's entries.
 */
#ifndef RACKHOP_DOC_HOSTFACTS_H
#define RACKHOP_DOC_HOSTFACTS_H

#include "libxl-ext/facts.h"
#include "libxl-ext/pools.h"
#include "libxl-ext/share.h"
#include "tools/base/strlist.h"
#include "tools/doc/devicefacts.h"
#include "tools/doc/json.h"
#include "tools/doc/reservation.h"
#include "tools/doc/samples.h"
#include "tools/doc/talks.h"

/* What Xen does not know of a guest. */
struct hostfacts_guest {
    double cpu_used;                  /* threads; < 0: not sampled */
    double dirty_mib_s, writable_mib; /* learned; dirty_mib_s < 0: nothing */
    double wire_first, wire_again;    /* likewise; 0: not known */
    uint64_t most_kib;                /* that it may have; 0: not known */
    int64_t before_mib; /* the caller's: it had so much memory before rackhop
                           changed that; 0: it did not */
    struct xlx_share share; /* of the processors */
    double steal;           /* libxl-ext/steal.h; < 0: not sampled */
    int64_t tx_bytes;  /* it has sent to the network here; < 0: not known */
    double tx_bytes_s; /* likewise, in the sample */
    struct strlist storage;       /* what its disks need of a host */
    struct samples_facts samples; /* of the agent */
};

struct hostfacts {
    char node[65];
    char boot[40]; /* the id of this boot; "": not known */
    char vendor[32];
    struct xlx_host xen;
    struct xlx_pools pools;
    struct xlx_domain *domains;
    struct hostfacts_guest *guest; /* of domains[i] */
    unsigned n_domains;
    struct samples_facts samples;
    struct talks talks;     /* what guests send each other; empty: not known */
    double cpu_used;        /* threads; < 0: not sampled */
    unsigned cpu_sample_ms; /* over so long */
    struct strlist networks, storage;
    struct devicefacts devices;
    /* the caller's: the classes of devices, borrowed; NULL: there are none */
    const struct class_rows *classes;
    struct strlist claimed; /* the class of each device that is kept for a
                               guest which is to come; disposed of */
    /* the caller's: nothing is to be placed here */
    bool maintenance;
    double idle_w, peak_w; /* the caller's: watts; peak_w 0: not known */
    /* the caller's as well, and disposed of: what runs have reserved here,
     * the runs that this host carries out, and in a greeting what is promised
     * to others than the guest that asks, KiB */
    struct reservation *reservation;
    size_t reservations;
    bool knows_runs;
    struct strlist runs;
    uint64_t promised_kib;
};

/* Memory that domain 0 could give to an arriving guest: it keeps a GiB, and
 * all when it is not to be ballooned. */
uint64_t hostfacts_balloon_kib(const struct xlx_host *x);
void hostfacts_dispose(struct hostfacts *h);
/* "host": {..}, "domains": [..], into an open object. */
void hostfacts_write(const struct hostfacts *h, struct json_out *o);

#endif
