/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds out of the facts of all hosts which guests talk with each other. */
#ifndef RACKHOP_DOC_SIGHT_TALKS_H
#define RACKHOP_DOC_SIGHT_TALKS_H

#include "scheduler/loop.h"
#include "tools/doc/json.h"

/* What one guest's host says that it sends to an address. */
struct sight_sends {
    uint32_t guest;
    uint64_t to;
    double mbps;
};
struct sight_address {
    uint64_t mac;
    uint32_t guest;
};

struct sight_talks {
    struct sight_sends *sends;
    size_t n, room;
    struct sight_address *address;
    size_t addresses, address_room;
};

/* Adds a guest's entry of the facts. 0 or -ENOMEM. */
int sight_talks_add(struct sight_talks *t, uint32_t guest,
                    const struct json *v);
/*
 * What guests send each other, to be freed. Of an address that two guests have
 * nobody knows whose it is; and what one guest sends without an answer is no
 * talk, nor does more of it count than 64 times the answers. 0 or -ENOMEM.
 */
int sight_talks_join(struct sight_talks *t, struct loop_talk **talk_r,
                     uint32_t *talks_r);
void sight_talks_dispose(struct sight_talks *t);

#endif
