/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Which way moves would take between this host and others: lanes, or ssh and
 * why. The other host listens as for a move (ways_listen), and this one connects
 * to it as for a move (ways_find); no guest is in it, and nothing is kept.
 */
#ifndef RACKHOP_MOVE_WAYS_H
#define RACKHOP_MOVE_WAYS_H

#include "tools/config.h"
#include "tools/doc/hostcheck.h"

/*
 * Finds the way to each host that h has as reached by ssh, all at once, within
 * 16 s; address[i] is that of h->peer[i]. What can't be found out is left
 * unknown, as is the way to a host whose rackhop is older. 0 or a negative
 * errno.
 */
int ways_find(const struct config *conf, struct hostcheck *h,
              char *const *address);

/* The other host's side: says on descriptor `to` where it listens, or why it
 * does not, and ends when `from` does, or after 20 s. 0 or a negative errno. */
int ways_listen(const struct config *conf, int from, int to);

#endif
