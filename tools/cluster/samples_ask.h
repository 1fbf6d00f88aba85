/* SPDX-License-Identifier: LGPL-2.1-only */
/* Asks another host for what its agent has sampled. */
#ifndef RACKHOP_CLUSTER_SAMPLES_ASK_H
#define RACKHOP_CLUSTER_SAMPLES_ASK_H

#include "tools/base/msg.h"
#include "tools/cluster/take.h"
#include "tools/doc/samples.h"
#include "tools/remote/remote.h"

struct samples_ask {
    char host[256];
    char guest[256]; /* its name or its UUID; "": the host itself is meant */
    long since_s;
};

/* Does the operand name a host of the configuration, or GUEST@HOST with one? */
bool samples_names_host(const struct config *conf, const char *operand,
                        struct samples_ask *a);
/* Looks at all hosts for the one that a guest is on; `like` has who is told of hosts
 * that do not answer. 0, or a negative errno and a sentence. */
int samples_find_guest(const struct take *like, const char *operand,
                       struct samples_ask *a, struct msg *err);
/* What that host has. To be disposed of. 0, or a negative errno and a
 * sentence. */
int samples_fetch(const struct remote *r, const struct samples_ask *a,
                  struct samples *s, struct msg *err);

#endif
