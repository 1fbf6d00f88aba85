/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps what a guest's moves and samples have taught of its dirtying: a file
 * for each guest, learned/UUID. */
#ifndef RACKHOP_CLUSTER_LEARNED_H
#define RACKHOP_CLUSTER_LEARNED_H

#include <stddef.h>

struct learned {
    double dirty_mib_s; /* < 0: nothing is known */
    double writable_mib;
    /* bytes on the wire for each byte of its memory: in the first pass of its
     * moves, and of pages that came again; 0: not known */
    double wire_first, wire_again;
};
struct learned learned_load(const char *statedir, const char *uuid);
int learned_store(const char *statedir, const char *uuid,
                  const struct learned *l);
/* More than a byte of memory ever takes; docs/wire allows no more. */
enum { LEARNED_RATIO_MOST = 64 };
/* What is to be believed of a ratio that was `before` and is `now` (0: not
 * known): at once what is worse, and of what is better a half, so that one good
 * move does not make the next look better than any has been. */
double learned_ratio(double before, double now);
/* "dirty_mib_s=1.5 writable_mib=20", with what is known of the wire behind it,
 * and back (0 or -EINVAL). */
void learned_format(const struct learned *l, char *buf, size_t len);
int learned_parse(struct learned *l, const char *s);

#endif
