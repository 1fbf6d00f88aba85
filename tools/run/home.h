/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Remembers where guests belong that runs have moved away, in the store of the
 * host of the executor: home/UUID, a text of doc/home.h.
 *
 *     remembered  before a move of a goal that keeps homes (drain, home) is
 *                 started, so a guest that is away always has its record; a
 *                 home that it has already stays
 *     forgotten   before the journal says that a move of another goal is done:
 *                 an administrator wanted the guest there, so there it lives
 *     settled     when facts are fresh: a guest that is back at home, or where
 *                 no run of this host took it, loses its record; so does one
 *                 that all hosts, asked HOME_KEPT_S apart, know nothing of
 *
 * Facts are older than the moment at which they are settled by. So records are
 * read before the hosts are asked, those whose run is open are left alone, and
 * a record is only changed if nobody has written it since.
 */
#ifndef RACKHOP_RUN_HOME_H
#define RACKHOP_RUN_HOME_H

#include "scheduler/scheduler.h"
#include "tools/doc/home.h"
#include "tools/run/run.h"
#include "tools/store/store.h"

enum { HOME_KEPT_S = 24 * 3600 };

/* All return 0, or a negative errno with a sentence in err. */

/* Before the move is started. */
int home_remember(struct store *s, const struct run *r,
                  const struct run_move *m, struct msg *err);
/* Before the journal says that the move is done. keeps: its goal keeps homes,
 * so the record ends only if the move brought the guest home. */
int home_arrived(struct store *s, const struct run_move *m, bool keeps,
                 struct msg *err);
/* -ENOENT: it is at home, or no run of this host moved it. */
int home_of(struct store *s, const char *uuid, struct home *h,
            struct msg *err);

/* All records; those that cannot be read are left out, and told, unless `note`
 * is NULL. Dispose after 0. The second: of this host's store, if it has one. */
int homes_read(struct store *s, struct homes *l,
               void (*note)(void *arg, const char *text), void *arg,
               struct msg *err);
int homes_read_here(struct homes *l, void (*note)(void *arg, const char *text),
                    void *arg, struct msg *err);

/* Settles records that were read before the hosts of c were asked; whole: all
 * of them have answered. */
int homes_settle(struct store *s, const struct homes *l,
                 const struct plan_cluster *c, bool whole, int64_t now_s,
                 struct msg *err);

#endif
