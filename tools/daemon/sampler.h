/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes the figures of each second out of what Xen and the host's files say:
 * differences of counters, shares of looks. It knows which guest is which:
 * counters of one that was rebooted (another domid), or of another guest that
 * has its domid now, are not compared. No clock, no I/O of its own.
 *
 * A second: sampler_looks() with all domains, then sampler_guest_io() and the
 * rest for what is known of each, then sampler_second(), after which value[]
 * of the host and of each guest is what was measured. Between seconds,
 * sampler_waits() as often as may be.
 */
#ifndef RACKHOP_DAEMON_SAMPLER_H
#define RACKHOP_DAEMON_SAMPLER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libxl-ext/sample.h"
#include "tools/daemon/counter.h"
#include "tools/daemon/hint.h"
#include "tools/series/metric.h"

enum { SAMPLER_GUESTS = 1024 }; /* most; more are not sampled */

/* Counters of a guest's network and disks, from its point of view. */
enum guest_counter {
    IO_RX,
    IO_TX,
    IO_PACKETS,
    IO_READ, /* bytes */
    IO_WRITE,
    IO_READS, /* requests */
    IO_WRITES,
    IO_SWAP, /* bytes read from its swap disks */
    GUEST_COUNTERS
};
struct guest_io {
    uint32_t domid;
    uint64_t counter[GUEST_COUNTERS];
    bool known[GUEST_COUNTERS];
};

/* Counters of the host. */
enum host_counter {
    HOST_IO_RX,
    HOST_IO_TX,
    HOST_IO_LINK_ERRORS,
    HOST_IO_LINK_CHANGES,
    HOST_IO_ECC_CORRECTED,
    HOST_IO_ECC_FATAL,
    HOST_IO_MCE,
    HOST_IO_ENERGY, /* uJ */
    HOST_COUNTERS
};
/* A counter that is read now and then: its rate holds until it is read again,
 * and is not known once it was not read for a minute. */
struct held_counter {
    struct counter counter;
    double at, rate; /* at < 0: never, in seconds of the monotonic clock */
};

struct sampler_guest {
    uint8_t uuid[16];
    uint32_t domid;
    double value[GUEST_METRICS];
    /* private */
    bool seen;
    struct counter cpu, io[GUEST_COUNTERS];
    struct held_counter faults, stall;
    double target_mib, dirty_mib_s, swap_mib; /* held; < 0: not known */
    struct xlx_steal_count look, looks; /* of this second; of the last ones */
    double cpu_s, over_s; /* processor time of these, and so long */
    void *keep;           /* the caller's, NULL at first */
};

struct sampler {
    struct sampler_guest *guest;
    size_t n, room;
    double value[HOST_METRICS];
    double idle_w, peak_w; /* of the model; peak_w 0: there is none */
    /* what is told of the host from time to time, in the place of a metric; <
     * 0: nothing. The caller's to set: heat, disks, measured power. */
    double held[HOST_METRICS];
    /* Called before a guest that is gone is forgotten; may be NULL. */
    void (*gone)(void *arg, struct sampler_guest *g);
    void *arg;
    /* private */
    double at, elapsed; /* of this second; since the one before */
    struct counter idle, dom0;
    struct held_counter io[HOST_COUNTERS];
    unsigned running, cpus;
};

void sampler_init(struct sampler *s);
void sampler_dispose(struct sampler *s); /* gone() is called for each guest */

/* All domains at a moment (seconds of the monotonic clock), domain 0 first.
 * 0 or -ENOMEM. */
int sampler_looks(struct sampler *s, const struct xlx_look *l, size_t n,
                  double at);
/* The guest of that domid; NULL: there is none. */
struct sampler_guest *sampler_find(struct sampler *s, uint32_t domid);
/* Their counters at the same moment. */
void sampler_guest_io(struct sampler *s, const struct guest_io *io, size_t n);
void sampler_host_io(struct sampler *s, enum host_counter c, uint64_t now);
void sampler_host_look(struct sampler *s, const struct xlx_look_host *h);
/* What the guest says of itself; NULL: nothing any more. */
void sampler_hint(struct sampler *s, struct sampler_guest *g,
                  const struct hint *h);
/* Ends the second: steal, and what is held. */
void sampler_second(struct sampler *s);

/* Looks whether vCPUs wait for a processor, asking `looker` only of guests of
 * which the look at the domain does not tell. */
void sampler_waits(struct sampler *s, const struct xlx_look *l, size_t n,
                   const struct xlx_looker *looker);

#endif
