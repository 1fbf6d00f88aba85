/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Decides what a roll does next: a pure machine over its record, which the
 * driver (roll_run.c), `rackhop roll --resume` and the tests ask.
 *
 * Its laws, whatever happens and wherever it is cut off:
 *
 *  1. No wave is begun while a host is under way, and none after one failed.
 *  2. Steps of a host only go forward; a hook's is entered once in a wave.
 *     So a hook is asked for by one id, and runs at most once.
 *  3. A host leaves maintenance only with its work done and its check passed,
 *     or before its hook was begun.
 *  4. No host of a wave gets guests back before all of that wave are through
 *     their hooks, or have failed.
 *  5. A roll ends with no host under way.
 *
 *      planned -> draining -> empty -> hook -> back -> check -> undrain
 *                                      -> home -> soak -> done
 *      with --off:                     hook -> off -> done
 *      given back before its hook:     undrain -> home -> planned
 *      and to failed from each of them
 */
#ifndef RACKHOP_RUN_ROLL_STEP_H
#define RACKHOP_RUN_ROLL_STEP_H

#include "tools/doc/roll_record.h"
#include "tools/run/cancel.h"

enum roll_do {
    ROLL_DO_PAUSE, /* until the window opens */
    ROLL_DO_WAVE,  /* plan the next wave, and begin it */
    ROLL_DO_DRAIN,
    ROLL_DO_LOOK, /* keep what the hosts are */
    ROLL_DO_HOOK,
    ROLL_DO_OFF,   /* wait until they are silent */
    ROLL_DO_AWAIT, /* wait until they are back */
    ROLL_DO_CHECK,
    ROLL_DO_UNDRAIN,
    ROLL_DO_HOME,
    ROLL_DO_SOAK,
    ROLL_DO_TURN, /* roll_turn() */
    ROLL_DO_END,
};

/* wish: by CANCEL_STOP hosts whose hook has begun are done first, and the
 * others are given back. open: may a wave begin at this time of the day? What
 * is done is done for the hosts of which roll_is_at() is true. */
enum roll_do roll_next(const struct roll *r, enum cancel_wish wish, bool open);
/* Is this one of the hosts that roll_next() means? */
bool roll_is_at(const struct roll *r, const struct roll_host *h,
                enum roll_do what);
/* Is the host between its first step and its last? */
bool roll_under_way(const struct roll_host *h);

/* The host has done its step: it is at the next one from now on. now: seconds
 * since 1970. */
void roll_pass(const struct roll *r, struct roll_host *h, double now);
/* It has not, and its roll goes no further. why is cut to fit. */
void roll_fail(struct roll_host *h, const char *why, double now);
/* What becomes of a host under way when the roll is to end. */
void roll_turn(struct roll_host *h, enum cancel_wish wish, double now);
/*
 * Takes back what was written of waves that never began: their hosts had been
 * marked when the roll's own record, which counts waves, was not written.
 * true: this host was one, and is to be written again.
 */
bool roll_unbegin(const struct roll *r, struct roll_host *h);

/* Hosts that are at a step; hosts of canary waves that were begun. */
uint32_t roll_hosts_at(const struct roll *r, enum roll_step s);
uint32_t roll_canaries(const struct roll *r);
/* The exit code that a roll deserves which has ended, or is cut off. */
enum exit_code roll_code(const struct roll *r);

#endif
