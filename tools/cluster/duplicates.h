/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Finds guests that more than one host lists. Xen lists a copy under
 * construction under the UUID of its guest. It also lists a suspended guest
 * that another host may run by now, and one that is dying while its successor
 * runs. The guest is the one that runs; the snapshot has only the memory of
 * the others. Two that both run stay: that is for the operator to see.
 */
#ifndef RACKHOP_CLUSTER_DUPLICATES_H
#define RACKHOP_CLUSTER_DUPLICATES_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/base/strlist.h"
#include "tools/doc/json.h"

/* One domain, as a host lists it. */
struct listing {
    const struct json *dom;
    const char *uuid;
    size_t host;
    bool duplicate; /* a copy, whose guest is listed elsewhere */
};

/* The duplicates, by UUID. All zero: none. */
struct duplicates {
    struct listing *l;
    size_t n;
};

/* domains[i]: the list of host i, or NULL. 0 or -ENOMEM. */
int duplicates_find(struct duplicates *d, const struct json *const *domains,
                    size_t hosts);
void duplicates_dispose(struct duplicates *d);

bool duplicates_has(const struct duplicates *d, const struct json *dom);
/* The memory of those on a host, with what has not arrived yet. */
double duplicates_mib(const struct duplicates *d, size_t host);
/* What of that has not arrived yet. */
double duplicates_coming_mib(const struct duplicates *d, size_t host);
/* Appends the UUIDs of the copies that a host is receiving. */
int duplicates_arriving(const struct duplicates *d, size_t host,
                        struct strlist *uuids);
/* The length of a guest's name: one that has just been started carries the
 * name of its copy for a moment. */
size_t duplicates_name_len(const struct json *dom);

#endif
