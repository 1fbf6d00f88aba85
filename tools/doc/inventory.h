/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The rows of `rackhop hosts` and `rackhop guests`, and the documents that
 * these print for programs: rackhop-hosts/1 and rackhop-guests/1.
 */
#ifndef RACKHOP_DOC_INVENTORY_H
#define RACKHOP_DOC_INVENTORY_H

#include "scheduler/inventory.h"
#include "tools/doc/json.h"

/* Strings are borrowed: from the cluster, from the configuration. */
struct inventory_host {
    const char *name;
    const char *rack;  /* NULL: none is known */
    const char *state; /* "up" .. "unreachable": then it has no sum */
    struct plan_host_sum sum;
    double last_move_s; /* since 1970, of this host's journal; 0: none */
    int64_t reserved_mib;
    unsigned reservations; /* runs that have reserved it; .. */
    const char *run;       /* .. the first of them, or NULL */
};

struct inventory_guest {
    uint32_t dom; /* of the cluster */
    const char *name, *uuid, *host;
    const char *home; /* NULL: it is there, or has none */
    struct plan_guest_facts facts;
    const struct plan_way *way;
};

/* "hvm" */
const char *inventory_type_name(enum plan_type type);

void inventory_write_hosts(struct json_out *o,
                           const struct inventory_host *row, size_t n);
void inventory_write_guests(struct json_out *o, const struct plan_cluster *c,
                            const struct inventory_guest *row, size_t n);

#endif
