/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps what a guest's moves and samples have taught of its dirtying: a file
 * for each guest, learned/UUID. */
#ifndef RACKHOP_CLUSTER_LEARNED_H
#define RACKHOP_CLUSTER_LEARNED_H

#include <stddef.h>

struct learned {
    double dirty_mib_s; /* < 0: nothing is known */
    double writable_mib;
};
struct learned learned_load(const char *statedir, const char *uuid);
int learned_store(const char *statedir, const char *uuid,
                  const struct learned *l);
/* "dirty_mib_s=1.5 writable_mib=20", and back (0 or -EINVAL). */
void learned_format(const struct learned *l, char *buf, size_t len);
int learned_parse(struct learned *l, const char *s);

#endif
