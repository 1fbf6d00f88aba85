/* SPDX-License-Identifier: LGPL-2.1-only */
/* Checks this host, for `rackhop check`: what only it can find out. */
#ifndef RACKHOP_MOVE_CHECK_HERE_H
#define RACKHOP_MOVE_CHECK_HERE_H

#include "tools/config.h"
#include "tools/doc/hostcheck.h"

/* peer: n texts "NAME=ADDRESS", hosts that this one has to reach by ssh, and to
 * which the way of moves is found. What cannot be found out is left unknown. 0,
 * or a negative errno and a sentence. */
int check_here(const struct config *conf, char **peer, size_t n,
               struct hostcheck *h, struct msg *err);

#endif
