/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Claims: a run that will move a guest says so in the store of the host that
 * the guest is on, claim/UUID, so that no other run and no hand-started move
 * touches it meanwhile. A claim names its run and the host of the executor. It
 * ends when the run gives it back, or when somebody who knows that the
 * executor is gone for ever takes it away; never by a timer.
 *
 * Moves of a run have ids that begin with the run's name and a dot; that is how
 * they pass.
 */
#ifndef RACKHOP_MOVE_CLAIM_H
#define RACKHOP_MOVE_CLAIM_H

#include <stdbool.h>
#include <stddef.h>

#include "tools/store/store.h"
#include "tools/base/msg.h"

struct claim {
    char run[65], executor[65], since[32];
};

/* The longest name of a run; a move's id is RUN.MOVE.ATTEMPT, <= 64. */
enum { RUN_NAME_MAX = 40 };
/* [A-Za-z0-9_:-], 1 to RUN_NAME_MAX. */
bool run_name_ok(const char *run);

/* 0 and the claim, -ENOENT: nobody has one, or another negative errno. */
int claim_get(struct store *s, const char *uuid, struct claim *c);
/* Asking twice is fine. -EBUSY: another run has it, err names it. */
int claim_take(struct store *s, const char *uuid, const char *run,
               const char *executor, struct msg *err);
/* run NULL: whoever has it. Giving back what one has not is fine. */
int claim_release(struct store *s, const char *uuid, const char *run);

/*
 * May this process move the guest? id: that of the move, NULL when a person
 * started it. Reads the store in statedir; where none is, nobody has claims.
 * 0, or a negative errno and one sentence.
 */
int claim_check(const char *statedir, const char *uuid, const char *id,
                struct msg *err);

#endif
