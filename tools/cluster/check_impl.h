/* SPDX-License-Identifier: LGPL-2.1-only */
/* The steps of a check of the cluster. */
#ifndef RACKHOP_CLUSTER_CHECK_IMPL_H
#define RACKHOP_CLUSTER_CHECK_IMPL_H

#include "tools/cluster/check.h"

/* Adds a fault, or a note; out of memory it exits no function, but counts as
 * none: 0 or -ENOMEM. */
int check_add(struct check_row *r, const char *check, bool note,
              const char *help, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* check_judge.c: what each host says of itself. */
int check_judge(struct check *k);
/* check_compare.c: what hosts say, beside what others say. */
int check_compare(struct check *k);
/* check_devices.c: the classes of devices among it. */
int check_compare_devices(struct check *k);

#endif
