/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop-loops-state/1: what the loops of a cluster remember from look to
 * look. Hosts are named and guests have their UUIDs, so that the next look may
 * see others. Before the document stands its CRC-32.
 */
#ifndef RACKHOP_DOC_LOOPS_STATE_H
#define RACKHOP_DOC_LOOPS_STATE_H

#include "scheduler/loop.h"
#include "scheduler/scheduler.h"
#include "tools/base/msg.h"
#include "tools/boot.h"

/* Loops that act decide as if those that only watch were not there. */
enum loops_side { LOOPS_ACTING, LOOPS_WATCHING, LOOPS_SIDES };

/* Something to do that was advised and that no plan can carry. */
enum { LOOPS_ABOUT = 120, LOOPS_TOLD = 1000 };
struct loops_told {
    char about[LOOPS_ABOUT]; /* the same as long as it is the same */
    double wanted_s, told_s; /* when it was wanted last, and told last */
};

/* What does not depend on the cluster. Seconds since 1970, or since the boot. */
struct loops_state {
    double wall_s, boot_s; /* of the last look; 0: there was none */
    char boot[BOOT_ID];    /* in which that was */
    double quiet_s;        /* nothing is done before */
    double shift_s;        /* the clock was set by so much since the moments of
                              both sides were written: loop_kept_shift() */
    char run[41];          /* that carries out what was decided; "": none */
    char advised[65];      /* the digest of what was advised last; "": none */
    /* likewise, of hosts that are about to fail; and of those for which a plan
     * was advised */
    char named[65], advised_health[65];
    struct loops_told *told; /* LOOPS_TOLD at most */
    size_t tolds, told_room;
    struct json_doc *doc; /* private: the text that it was read from */
};

/* A new one, as after a first start. */
void loops_state_init(struct loops_state *s);
void loops_state_dispose(struct loops_state *s);

/* 0; -EINVAL: it is none, or damaged, or another version's, with a sentence in
 * err; or -ENOMEM. */
int loops_state_parse(struct loops_state *s, const char *text, size_t len,
                      struct msg *err);

/* What one side remembers of the hosts and guests of a cluster, in arrays of
 * k, which is as loop_kept_init() left it. */
void loops_state_get(const struct loops_state *s, enum loops_side side,
                     const struct plan_cluster *c, struct loop_kept *k);

/*
 * The text with what both sides remember now, by the clock as it is now: there is
 * no shift_s any more. What s remembers of hosts and guests that c does not have is
 * taken along for a day, of not too many guests. To be freed; NULL: no memory.
 */
char *loops_state_format(const struct loops_state *s,
                         const struct plan_cluster *c,
                         const struct loop_kept k[LOOPS_SIDES]);
/* The text of a state in which no look could be taken: only its head is new. */
char *loops_state_again(const struct loops_state *s);

#endif
