/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Makes of two looks at Open vSwitch's flows what guests have sent each other in
 * between. A flow comes with its first frame and goes when it is silent, and a
 * pair of addresses may have several: so each flow is compared with itself. A dump
 * may miss one that is there, so it is known for one look more. No clock, no I/O.
 */
#ifndef RACKHOP_DAEMON_TALK_FLOWS_H
#define RACKHOP_DAEMON_TALK_FLOWS_H

#include "tools/daemon/talk_loud.h"
#include "tools/daemon/talk_vifs.h"
#include "tools/doc/ovs.h"

/* All of it 0 at first. */
struct talk_flows {
    struct ovs_flow *was; /* in order */
    size_t n;
    struct ovs_flow *gone; /* of the look before, what was missing in that */
    size_t n_gone;
    bool known; /* there was a look: what is new since has begun since */
};

void talk_flows_dispose(struct talk_flows *f);
/*
 * Takes the flows of a look, which f has from then on. Only what comes in by a
 * guest's own interface, by its own address, to one address counts. Fills pair
 * with the bytes of each pair since the last look, as nft_pairs() orders them,
 * and returns how many, `most` at most. Of a guest that sends to too many, no
 * more than tell talk_loud_look() so.
 */
size_t talk_flows_look(struct talk_flows *f, struct ovs_flow *flow, size_t n,
                       const struct talk_vifs *v, const struct talk_loud *loud,
                       struct nft_pair *pair, size_t most);

#endif
