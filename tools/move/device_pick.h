/* SPDX-License-Identifier: LGPL-2.1-only */
/* Picks devices of this host for a guest that is to come. */
#ifndef RACKHOP_MOVE_DEVICE_PICK_H
#define RACKHOP_MOVE_DEVICE_PICK_H

#include "libxl-ext/domain.h"
#include "tools/move/device_store.h"

/* All that a choice depends on. Borrowed. */
struct device_pick {
    const struct class_rows *classes;
    const struct devicefacts *devices; /* of this host, with their classes */
    const struct xlx_domain *domain;   /* its guests */
    unsigned domains;
    struct store *store; /* for what is spoken for */
    const char *uuid;    /* of the guest that comes: what is kept for it is no
                            matter */
};

/* For each device of `want` one that is free, of the same class and with its
 * MAC address and VLAN. 0; -ENOSPC and a sentence: there is none; or another
 * negative errno. */
int device_pick(const struct device_pick *p, const struct device_list *want,
                struct device_list *got, struct msg *err);

#endif
