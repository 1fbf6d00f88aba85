/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What the agent asks Xen, each second and between: a table of functions, of
 * which there is the real one (here) and a twin in tests. All else that the
 * agent does is the same with both.
 */
#ifndef XLX_SAMPLE_H
#define XLX_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/steal_count.h"

struct xlx;

/* A guest as Xen has it now. Counters are since it was built. */
struct xlx_look {
    uint32_t domid;
    uint8_t uuid[16];
    unsigned vcpus;       /* that are online */
    uint32_t max_vcpu_id; /* no vCPU has a higher number */
    uint64_t cpu_ns;      /* processor time that it has used */
    uint64_t memory_kib;  /* that it has */
    uint64_t max_kib;     /* that it may have; 0: there is no limit */
    bool rests;           /* paused, shut down or dying */
    bool blocked;         /* no vCPU of it wants a processor */
    bool runs;            /* at least one vCPU has one */
};

struct xlx_look_host {
    unsigned cpus;    /* physical threads */
    uint64_t idle_ns; /* of all of them since the host started */
    uint64_t free_kib;
};

struct xlx_looker {
    void *arg;
    /* All domains, domain 0 first, in `to`, which has room for so many; those
     * that are too many are left out. How many, or a negative errno. */
    int (*guests)(void *arg, struct xlx_look *to, unsigned room);
    int (*host)(void *arg, struct xlx_look_host *to);
    /* Adds what the vCPUs of a guest do now. 0 or a negative errno. */
    int (*waits)(void *arg, const struct xlx_look *g,
                 struct xlx_steal_count *to);
    /* Reads a value below the domain's path in xenstore. 0; -ENOENT: there is
     * none; or another negative errno. It ends with a NUL if it is 0. */
    int (*store)(void *arg, uint32_t domid, const char *key, char *buf,
                 size_t size);
};

/* The real one; x is borrowed. */
struct xlx_looker xlx_looker(struct xlx *x);

#endif
