/* SPDX-License-Identifier: LGPL-2.1-only */
/* A host for the agent: guests in the place of Xen's, and files in a folder in
 * the place of /proc and /sys. */
#ifndef TESTS_FAKE_HOST_H
#define TESTS_FAKE_HOST_H

#include "libxl-ext/sample.h"

enum { FAKE_GUESTS = 200, FAKE_MACS = 16 };

struct fake_guest {
    struct xlx_look look; /* domid 0: there is none */
    unsigned waits;       /* of its vCPUs */
    unsigned disks;
    char name[32], hint[300]; /* "": xenstore has none */
};

struct fake_host {
    char *root;
    struct xlx_look dom0;
    struct xlx_look_host host;
    struct fake_guest guest[FAKE_GUESTS];
    unsigned n;
    char mac[FAKE_MACS][2][64]; /* paths of xenstore, below domain 0's */
    unsigned macs;
    int fails;      /* what Xen answers; 0: it does */
    unsigned asked; /* of its vCPUs, so often */
};

/* `root` is a folder that is there. A host of 8 processors. */
void fake_host_init(struct fake_host *h, char *root);
/* A guest with a UUID that ends in `id`; it stays in its place. */
struct fake_guest *fake_guest_add(struct fake_host *h, uint32_t domid,
                                  unsigned id, unsigned vcpus);
void fake_guest_gone(struct fake_host *h, struct fake_guest *g);
/* What xenstore has of a guest's card: domain 0 is its backend. */
void fake_host_mac(struct fake_host *h, const char *key, const char *mac);
struct xlx_looker fake_looker(struct fake_host *h);
/* Writes a file below the root, and the folders above it. */
void fake_file(struct fake_host *h, const char *path, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
