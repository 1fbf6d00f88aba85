/* SPDX-License-Identifier: LGPL-2.1-only */
/* Fills libnl's caches of links and routes from messages, as a kernel would. */
#ifndef RACKHOP_TEST_NETLINK_PLAY_H
#define RACKHOP_TEST_NETLINK_PLAY_H

#include <stddef.h>
#include <stdint.h>

#include "topology/source_ports_impl.h"

/* Empty caches; ends the test if there is no memory. */
void netlink_play_init(struct kernel *k);
void netlink_play_dispose(struct kernel *k);
/* A message about a link or a route goes to its cache; others are nothing. */
void netlink_play_take(struct kernel *k, struct nlmsghdr *h);
/* A copy of the next message of *p, which has *len octets; it is to be freed.
 * NULL: there is none that is whole. */
struct nlmsghdr *netlink_play_next(const uint8_t **p, size_t *len);

#endif
