/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Sets what a VF of this host is to the network, by ip(8): its MAC address, its
 * VLAN and its link. All belong to domain 0, whichever guest has the VF.
 */
#ifndef RACKHOP_MOVE_VF_H
#define RACKHOP_MOVE_VF_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/doc/vfinfo.h"

/* 0, or a negative errno and a sentence. port: the network port of its card;
 * its name is safe for any shell. */
int vf_read(const char *port, unsigned vf, struct vfinfo *info,
            struct msg *err);
int vf_set(const char *port, unsigned vf, const struct vfinfo *info,
           struct msg *err);
/* down: the guest sees no carrier; up: that of the port. */
int vf_link(const char *port, unsigned vf, bool up, struct msg *err);
/* The same of an interface of domain 0: what it does not forward, the guest
 * does not send. */
int vif_link(unsigned domid, unsigned vif, bool up, struct msg *err);

/* How many packets guest `domid` has sent over its vifs of the numbers in `of`
 * (bit n: vif n). < 0: none of these ends in this domain. */
long long vif_sent(const char *sys, unsigned domid, uint64_t of);

#endif
