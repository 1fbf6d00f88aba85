/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and sets what memory a guest should have. */
#ifndef XLX_BALLOON_H
#define XLX_BALLOON_H

#include <stdint.h>

#include "tools/base/msg.h"

struct xlx;

struct xlx_balloon {
    uint64_t target_kib; /* that it should have */
    uint64_t most_kib;   /* that it may ever have; 0: not known */
    uint64_t free_kib;   /* that this host could give */
};

/* The most that it may ever have, KiB; 0: not known. */
uint64_t xlx_balloon_most(struct xlx *x, uint32_t domid);
/* Both return 0, or a negative errno and a sentence. */
int xlx_balloon_get(struct xlx *x, uint32_t domid, struct xlx_balloon *b,
                    struct msg *err);
/* The guest gives what is above it as fast as it likes; what is below it is
 * Xen's promise from now on. */
int xlx_balloon_set(struct xlx *x, uint32_t domid, uint64_t target_kib,
                    struct msg *err);

#endif
