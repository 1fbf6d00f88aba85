/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Has hosts leave maintenance, all at once. A host that a roll works on stays
 * in it; one that is left from a roll of this host which has ended is taken
 * back.
 */
#ifndef RACKHOP_RUN_UNDRAIN_H
#define RACKHOP_RUN_UNDRAIN_H

#include "tools/remote/remote.h"

/* Fills in the results of n calls whose hosts are given, their args are not. To
 * be given to remote_dispose(). force: hosts that are worked on as well. 0 or
 * -ENOMEM. */
int undrain_hosts(const struct remote *r, struct remote_call *call, size_t n,
                  bool force);

#endif
