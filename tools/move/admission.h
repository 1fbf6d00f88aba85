/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides on the target host whether there is memory for a guest that wants
 * to come, with what is promised to others left out: what runs have reserved,
 * what guests that are just arriving still lack, and what was admitted a
 * moment ago and is no domain yet.
 *
 * Guests are admitted one at a time, under a lock of the host. So two moves
 * that come at the same time, by whomever, never get the same memory.
 */
#ifndef RACKHOP_MOVE_ADMISSION_H
#define RACKHOP_MOVE_ADMISSION_H

#include <stdint.h>

#include "tools/base/msg.h"
#include "tools/doc/reservation.h"

/* What is promised to others than this guest, KiB. *first_r: a run that has
 * reserved some of it, or NULL. Pure. */
uint64_t admission_promised_kib(const struct reservation *list, size_t n,
                                const struct reservation_domains *d,
                                const struct reservation **first_r);
/* Waits for the host's lock. A descriptor to close, or a negative errno and a
 * sentence. */
int admission_lock(struct msg *err);

struct admission {
    const char *statedir;
    struct reservation_domains domains;
    uint64_t need_kib; /* of the guest that wants to come */
    uint64_t have_kib; /* free, and what dom0 would give */
};

/*
 * 0 or a positive number: it is admitted, and its memory counts as promised
 * until it is a domain or this descriptor is given to admission_end().
 * -ENOMEM: it does not fit, err says what is promised to whom; or another
 * negative errno.
 */
int admission_ask(const struct admission *a, struct msg *err);
void admission_end(int admitted, const char *uuid);

#endif
