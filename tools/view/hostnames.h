/* SPDX-License-Identifier: LGPL-2.1-only */
/* Names several hosts in few words: "r2h*, r1h1". */
#ifndef RACKHOP_VIEW_HOSTNAMES_H
#define RACKHOP_VIEW_HOSTNAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scheduler/scheduler.h"

/*
 * Those of n hosts of the cluster that are `in`: "all hosts", "no host", or
 * names in their order. A name that ends with a star stands for two hosts at
 * least, and for no host of the n that is not in. What does not fit is counted:
 * "r2h*, r1h1 and 7 more". Safe to print. 0 or -ENOMEM
 */
int hostnames(const struct plan_cluster *c, const uint32_t *host, uint32_t n,
              const bool *in, char *buf, size_t len);

#endif
