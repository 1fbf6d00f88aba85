/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Checks a cluster: asks each host and each switch, compares what they say, and
 * keeps a row for each with what is wrong there and what helps. Nothing is
 * changed.
 */
#ifndef RACKHOP_CLUSTER_CHECK_H
#define RACKHOP_CLUSTER_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/base/msg.h"
#include "tools/base/strlist.h"
#include "tools/cluster/off.h"
#include "tools/config.h"
#include "tools/doc/hostcheck.h"
#include "tools/doc/json.h"

/* In a cluster with more hosts than this, each has to reach only as many that
 * follow it in the configuration: all ways would be too many for sshd. */
enum { CHECK_PEERS = 8 };

struct check_fault {
    const char *check; /* ssh, rackhop, facts, clock, space, lldpd, peer, way,
                          certificates,
                          bridges, storage, cpu, xen, autostart, switch */
    bool note;         /* nothing is broken, but some moves will be refused */
    char *text;        /* what is wrong, safe for a terminal */
    char *help;        /* what to do */
};

struct check_row {
    const char *name, *address; /* of the configuration */
    bool is_switch, answered;
    bool off; /* rackhopd has switched it off, and it was not asked */
    char xen[32], rackhop[32];
    size_t guests;
    bool maintenance;
    /* of the hosts that it was to reach: to how many the way of moves is known,
     * and that is lanes */
    size_t ways, lanes;
    size_t by_pki; /* of the lanes: with certificates */
    size_t none;   /* of the ways: neither lanes nor ssh will do */
    struct check_fault *fault;
    size_t fault_n, fault_room;
    /* private: what it said */
    struct json_doc *facts;
    struct hostcheck here;
    bool has_here;
    double began_s, ended_s; /* of asking that, by the clock of this host */
};

struct check {
    const struct config *conf;
    const char *conf_path;
    /* names of hosts; none: all, and the switches */
    char *const *host;
    size_t host_n;
    /* how many hosts have answered, and how many have answered or failed; may
     * be NULL */
    void (*progress)(void *arg, size_t answered, size_t ended, size_t all);
    void *arg;
    /* the result */
    struct check_row *row;
    size_t n, hosts; /* the first are hosts */
    /* private: hosts that are off; no other host has to reach them */
    struct off_list off;
};

/* 0, however much is wrong; -EINVAL: a name that no host has, or there are no
 * hosts; or another negative errno. A sentence is in err then. */
int check_run(struct check *k, struct msg *err);
void check_dispose(struct check *k);
/* Has the row a fault that is no note? */
bool check_is_bad(const struct check_row *r);

#endif
