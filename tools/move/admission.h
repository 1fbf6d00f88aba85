/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides on the target host whether there is memory for a guest that wants
 * to come, with what is promised to others left out: what runs have reserved,
 * what guests that are just arriving still lack, and what was admitted a
 * moment ago and is no domain yet.
 *
 * Guests are admitted one at a time, under locks of the host: one for a moment
 * that keeps the figures together, and one until dom0 has given what it was
 * asked for. So two moves that come at the same time, by whomever, never get
 * the same memory.
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
    uint64_t owed_kib; /* the answer: what others that were admitted before
                          have not taken yet of what is free */
};

/* Where a receiver stands: descriptors that are locks while it lives. */
struct admission_place {
    int looking;  /* it is this one's turn to look for memory; or -1 */
    int admitted; /* its memory counts as promised; or -1 */
};
#define ADMISSION_NONE                                                        \
    (struct admission_place)                                                  \
    {                                                                         \
        .looking = -1, .admitted = -1                                         \
    }

/*
 * Takes the turn to look for memory, which this does not wait for. Until
 * admission_found() no other guest is admitted, so two never wait for the same
 * memory of dom0. 0; -EAGAIN: another guest is looking for its memory; or
 * another negative errno. err has a sentence whenever it is not 0.
 */
int admission_turn(struct admission_place *p, struct msg *err);
/*
 * Asks, when it has the turn, with figures that were read since. 0: it is
 * admitted, and its memory counts as promised from now on, also before it is a
 * domain; it may ask again what is owed by then, and is not refused any more.
 * -ENOMEM: it does not fit, err says what is promised to whom; or another
 * negative errno.
 */
int admission_ask(struct admission_place *p, struct admission *a,
                  struct msg *err);
/* Its memory is there, or it is refused: the next may look for its own. */
void admission_found(struct admission_place *p);
/* It has all its memory: no more is promised to it, whatever overhead it was
 * reckoned with. */
void admission_taken(struct admission_place *p);
/* The guest is a guest of this host, or will not come. */
void admission_end(struct admission_place *p, const char *uuid);

#endif
