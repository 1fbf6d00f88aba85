/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What /proc and /sys of this host say, below a root that tests replace: a
 * table of sources, each with the seconds between two readings. A source that
 * is not there tells nothing, and is looked for again.
 */
#ifndef RACKHOP_DAEMON_SOURCE_H
#define RACKHOP_DAEMON_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/daemon/sampler.h"

enum {
    SOURCE_PORTS = 64,
    SOURCE_DISKS = 2048, /* of guests */
    SOURCE_ZONES = 16,   /* that measure energy */
    SOURCE_LOOK_S = 10,  /* how often new ports and disks are looked for */
};

/* A disk of a guest that a backend of this domain serves. */
struct source_disk {
    uint32_t domid, number;
    bool swap, seen;
    bool lost; /* a counter can't be read: they are opened again */
    int fd[4]; /* of its counters; -1: none */
};

struct sources {
    const char *root; /* "" is the host's own */
    /* Does this disk hold a guest's swap? May be NULL. */
    bool (*swap)(void *arg, uint32_t domid, uint32_t number);
    void *arg;
    /* private */
    char port[SOURCE_PORTS][16];
    unsigned ports;
    struct source_disk *disk;
    size_t disks, disk_room;
    struct guest_io *io; /* of this second */
    size_t n_io, io_room;
    struct counter zone[SOURCE_ZONES];
    uint64_t energy_uj;
};

void sources_init(struct sources *s, const char *root);
void sources_dispose(struct sources *s);
/* Reads the sources that are due in this second (of any count that goes up by
 * one), and tells the sampler. */
void sources_read(struct sources *s, struct sampler *to, uint64_t second);

/* The number of a guest's disk by its name: xvda, xvdb2, sdc, hda .., as in
 * Xen's docs/man/xen-vbd-interface.7; -1: it is none. */
int64_t source_disk_number(const char *name);
/* Is `name` a pattern (no name as above) which fits the target of a disk, as its
 * backend has it: all of it if the pattern has a /, else what is behind the last? */
bool source_disk_fits(const char *name, const char *target);

#endif
