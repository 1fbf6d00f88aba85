/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * This host's own entry of rackhop-facts/1: "host" and "domains", which are
 * also a snapshot's entries. What is not Xen's to say comes from /sys and
 * /proc.
 */
#ifndef RACKHOP_CLUSTER_HOSTFACTS_H
#define RACKHOP_CLUSTER_HOSTFACTS_H

#include "libxl-ext/facts.h"
#include "tools/doc/json.h"
#include "tools/base/msg.h"

struct hostfacts {
    char node[65];
    char vendor[32];
    struct xlx_host xen;
    struct xlx_domain *domains;
    unsigned n_domains;
    double cpu_used;        /* threads; < 0: not sampled */
    unsigned cpu_sample_ms; /* over so long */
    double *domain_cpu;     /* the same, for each domain; NULL */
    struct xlx_strings networks, storage;
    const char *statedir; /* where learned dirty rates are kept */
    bool maintenance;     /* the caller's: nothing is to be placed here */
};

/* sample_ms: how long CPU use is looked at; 0: not at all. */
int hostfacts_collect(struct hostfacts *h, struct xlx *x, const char *statedir,
                      unsigned sample_ms, struct msg *err);
void hostfacts_dispose(struct hostfacts *h);
/* "host": {..}, "domains": [..], into an open object. */
void hostfacts_write(const struct hostfacts *h, struct json_out *o);

/* Threads that one domain, or CPU_ALL, had in use between two samples; < 0:
 * they do not tell. */
#define CPU_ALL UINT32_MAX
double cpu_between(const struct xlx_cpu_sample *before,
                   const struct xlx_cpu_sample *after, uint32_t domid);

/* What a guest's moves and samples have taught of its dirtying. */
struct learned {
    double dirty_mib_s; /* < 0: nothing is known */
    double writable_mib;
};
struct learned learned_load(const char *statedir, const char *uuid);
int learned_store(const char *statedir, const char *uuid,
                  const struct learned *l);
/* "dirty_mib_s=1.5 writable_mib=20", and back (0 or -EINVAL). */
void learned_format(const struct learned *l, char *buf, size_t len);
int learned_parse(struct learned *l, const char *s);

/* This host's CPU vendor, from /proc/cpuinfo: "AuthenticAMD", "". */
void host_cpu_vendor(char *buf, size_t len);

#endif
