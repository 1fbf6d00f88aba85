/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes the rows of a list of hosts or of guests (doc/inventory.h) from a
 * snapshot, and brings them into order.
 *
 * Functions return 0 or -ENOMEM, if nothing else is said.
 */
#ifndef RACKHOP_CLUSTER_INVENTORY_H
#define RACKHOP_CLUSTER_INVENTORY_H

#include "tools/base/msg.h"
#include "tools/config.h"
#include "tools/doc/inventory.h"
#include "tools/doc/snapshot.h"

struct inventory {
    struct inventory_host *host;
    size_t host_n;
    struct inventory_guest *guest;
    size_t guest_n;
    struct plan_way *way; /* of all guests */
    const struct snapshot *snap;
};

/*
 * The hosts, or the guests, of a snapshot, which has to outlive it: of these
 * hosts, or of all with NULL. conf: its hosts that are missing from the
 * snapshot are listed too, as unreachable; NULL: they are not. After 0 or
 * -ENOMEM the caller calls inventory_dispose().
 */
int inventory_hosts(struct inventory *l, const struct snapshot *s,
                    const uint32_t *only, size_t only_n,
                    const struct config *conf);
int inventory_guests(struct inventory *l, const struct snapshot *s,
                     const uint32_t *only, size_t only_n);
void inventory_dispose(struct inventory *l);

/* The host of that name was part of a move that ended then. */
void inventory_moved(struct inventory *l, const char *host, double ended_s);

/* By a column: names in their natural order, numbers from the largest on. An
 * unknown column is -EINVAL, with those that there are in err. */
int inventory_sort_hosts(struct inventory *l, const char *column,
                         struct msg *err);
int inventory_sort_guests(struct inventory *l, const char *column,
                          struct msg *err);

#endif
