/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What a guest needs of a host besides bridges, disks and memory: files that
 * its configuration names, and whether its devices survive a move.
 */
#ifndef XLX_NEEDS_H
#define XLX_NEEDS_H

#include <stdbool.h>
#include <stddef.h>

#include "libxl-ext/pools.h"
#include "libxl-ext/wire/words.h"
#include "tools/base/strlist.h"

enum xlx_file_use {
    XLX_FILE_START,  /* read when the guest starts: a move does without it */
    XLX_FILE_BUILD,  /* run to take the guest in */
    XLX_FILE_SCRIPT, /* run to connect a device */
};

struct xlx_file {
    enum xlx_file_use use;
    const char *key; /* of xl.cfg: "kernel=" */
    char *path;
};

/* A drive with something in it. */
struct xlx_drive {
    char *vdev, *path;
};

/* Devices and settings that a move loses or that are bound to one host. */
enum xlx_bound {
    XLX_BOUND_NOMIGRATE = 1 << 0,
    XLX_BOUND_VTPM = 1 << 1,
    XLX_BOUND_9PFS = 1 << 2,
    XLX_BOUND_USBCTRL = 1 << 3, /* pvusb, and controllers of the model */
    XLX_BOUND_USBHOST = 1 << 4, /* usbdevice="host:.." */
    XLX_BOUND_PVCALLS = 1 << 5,
    XLX_BOUND_DTDEV = 1 << 6,
    XLX_BOUND_VDISPL = 1 << 7,
    XLX_BOUND_VSND = 1 << 8,
    XLX_BOUND_IO = 1 << 9, /* ioports=, irqs=, iomem= */
};

struct xlx_needs {
    unsigned bound; /* of enum xlx_bound */
    struct xlx_file *files;
    size_t n_files;
    struct xlx_drive *drives;
    size_t n_drives;
    char pool[XLX_POOL_NAME];   /* "": the host's first one, Pool-0 */
    char sched[XLX_SCHED_NAME]; /* whose weight and cap it has; "": none */
    struct strlist cpus; /* "0-3": each set of its configuration's cpus= */
    /* what its vCPUs are pinned to now; only with XLX_DOMAIN_CONFIG */
    struct word_pin pins[WORD_PINS];
    size_t n_pins;
    bool pins_cut; /* there are more */
    /* "127.0.0.1:5907": where its VNC displays listen that are fixed */
    struct strlist displays;
};

/* The first of what keeps a guest on its host: "it has a virtual TPM". NULL:
 * nothing does; the last three bits only give reason for a warning. */
const char *xlx_bound_text(unsigned bound);
void xlx_needs_dispose(struct xlx_needs *n);
/* Whether that path is wanted as one of the files. */
bool xlx_needs_file(const struct xlx_needs *n, const char *path);

#endif
