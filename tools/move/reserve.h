/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Reservations of runs, in the store of the host that guests are to come to.
 *
 * A run reserves before its first move, and again after each new plan. It
 * names the reservations of other runs that it has planned with: if another
 * run has reserved since, it is refused, and looks again. So two runs that
 * plan at the same time never plan with the same memory.
 *
 * A reservation lives as long as its run does. The executor gives it back at
 * the end. It renews it meanwhile, so one that was not renewed for
 * RESERVE_LEASE_S belongs to an executor that is gone, and whoever reads it
 * takes it away. So does this host, at once, for an executor of its own that
 * has died; and a run that sees in the facts of the executor's host that no
 * such run is alive there.
 */
#ifndef RACKHOP_MOVE_RESERVE_H
#define RACKHOP_MOVE_RESERVE_H

#include "tools/base/msg.h"
#include "tools/doc/reservation.h"
#include "tools/store/store.h"

enum { RESERVE_LEASE_S = 900, RESERVE_RENEW_S = 240 };

/* Of another run: RUN@STAMP. */
struct reserve_seen {
    char run[65];
    uint64_t stamp;
    bool dead; /* its executor is gone: it is taken away */
};
/* "RUN@STAMP". 0 or -EINVAL. */
int reserve_seen_parse(const char *text, struct reserve_seen *s);

/*
 * Writes r, in the place of what its run had; r->stamp and r->renewed are set.
 * 0; -ESTALE: another run has reserved meanwhile, err names it; or another
 * negative errno.
 */
int reserve_take(struct store *s, struct reservation *r,
                 const struct reserve_seen *seen, size_t n, struct msg *err);
/* 0; -ENOENT: it has none here any more. */
int reserve_renew(struct store *s, const char *run);
/* What is not there is released already. */
int reserve_release(struct store *s, const char *run);

/* Those that are alive; the others are taken away. 0 or a negative errno; to
 * be freed with reserve_list_free() either way. */
int reserve_list(struct store *s, struct reservation **list_r, size_t *n_r);
/* The same of the store in statedir; without a store there are none. */
int reserve_load(const char *statedir, struct reservation **list_r,
                 size_t *n_r);
void reserve_list_free(struct reservation *list, size_t n);

#endif
