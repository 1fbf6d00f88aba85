/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Guests that send to so many addresses that they would fill the set of pairs
 * alone: they talk to everybody, or make addresses up. For a while they are not
 * counted.
 */
#ifndef RACKHOP_DAEMON_TALK_LOUD_H
#define RACKHOP_DAEMON_TALK_LOUD_H

#include <stdbool.h>

#include "tools/daemon/talk_vifs.h"
#include "tools/doc/nft.h"

enum {
    TALK_PEERS = 256, /* addresses that one guest may send to */
    LOUD_S = 3600,
    LOUD_MOST = 64, /* that are remembered; then the oldest is forgotten */
};

/* All of it 0 at first. */
struct talk_loud {
    struct {
        uint64_t mac;
        double until_s; /* 0: there is none here */
    } guest[LOUD_MOST];
};

bool talk_is_loud(const struct talk_loud *l, uint64_t mac);
/* Looks who is, in pairs as nft_pairs() orders them, at a moment of the monotonic
 * clock; tells of each that is new. true: nft is to leave out others than
 * before, of the interfaces that it sees. */
bool talk_loud_look(struct talk_loud *l, const struct talk_vifs *v,
                    const struct nft_pair *pair, size_t n, double now_s,
                    void (*tell)(const char *text));

#endif
