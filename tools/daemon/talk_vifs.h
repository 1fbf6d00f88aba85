/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The interfaces of this host behind which guests are, with the MAC address
 * that each guest was given: what it sends from there by that address is its
 * own.
 */
#ifndef RACKHOP_DAEMON_TALK_VIFS_H
#define RACKHOP_DAEMON_TALK_VIFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/daemon/agent.h"

enum { TALK_VIFS = 2048 /* most; the rest is not counted */ };

struct talk_vif {
    char name[16]; /* vif7.0, or vif7.0-emu of an emulated card */
    uint32_t domid;
    uint64_t mac;
    bool known; /* its address is */
    bool ovs;   /* it is on Open vSwitch, which nft does not see */
    bool seen;
};

/* All of it 0 at first. */
struct talk_vifs {
    struct talk_vif *vif; /* in the order of their names */
    size_t n, room;
    unsigned looks;
    bool changed; /* since that was set to false: what nft counts */
    size_t ovs;   /* so many are on Open vSwitch */
};

void talk_vifs_dispose(struct talk_vifs *v);
/* Looks which there are now. 0 or -ENOMEM. */
int talk_vifs_look(struct talk_vifs *v, const char *root,
                   const struct xlx_looker *looker);

/* Does nft count what is sent by that address? */
bool talk_vifs_of_nft(const struct talk_vifs *v, uint64_t mac);

#endif
