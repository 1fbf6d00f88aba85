/* SPDX-License-Identifier: LGPL-2.1-only */
/* Collects the facts of this host and its domains: Xen, /sys and /proc. */
#ifndef RACKHOP_CLUSTER_HOST_COLLECT_H
#define RACKHOP_CLUSTER_HOST_COLLECT_H

#include "tools/base/msg.h"
#include "tools/doc/hostfacts.h"

/* statedir: where learned dirty rates are kept; NULL: nowhere. sample_ms: how
 * long CPU use is looked at; 0: not at all. 0, or a negative errno and a
 * sentence in err. */
int hostfacts_collect(struct hostfacts *h, struct xlx *x, const char *statedir,
                      unsigned sample_ms, struct msg *err);
/* Adds what the agent has sampled of them, if it runs here. */
void hostfacts_samples(struct hostfacts *h, const char *statedir);

#endif
