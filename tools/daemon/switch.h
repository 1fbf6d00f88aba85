/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What is next for a host that is on record as switched off. Pure: what is seen
 * goes in, one step comes out; switch_run.c does it.
 *
 *     emptying   the record is written; the host is put in maintenance by a drain
 *     off        .. which has found it empty; the record is written, and then the
 *                hook is run. done: the hook ended well
 *     starting   the record is written, and then the hook is run; when the host
 *                answers it is taken out of maintenance, and the record is gone
 *
 * Laws, whatever is killed between two of these steps:
 *
 *   S1. a hook that switches off is run only for a host that is empty and in
 *       maintenance, as it was seen after the record was written;
 *   S2. a host that is off is on record;
 *   S3. what was cut off before the hook is undone, or done again: a host that is
 *       on does not stay on record.
 */
#ifndef RACKHOP_DAEMON_SWITCH_H
#define RACKHOP_DAEMON_SWITCH_H

#include <stdbool.h>

#include "tools/base/msg.h"
#include "tools/doc/power.h"

struct switch_sight {
    enum power_state state;
    bool done;        /* the hook of the state ended well */
    double for_s;     /* since the state began */
    bool answers;     /* it has said what it has at this look */
    bool same_boot;   /* .. and is in the boot that the record names */
    bool maintenance; /* .. and takes no guests */
    bool empty;       /* .. and has none, nor is one on its way */
    bool others;      /* a run or a roll is open, and may work on it */
};

enum switch_step {
    SWITCH_NONE,   /* as it should be */
    SWITCH_DONE,   /* it is off: so the hook did what it should */
    SWITCH_OFF,    /* run the hook again that switches it off */
    SWITCH_ON,     /* run the hook again that switches it on */
    SWITCH_OPEN,   /* take it out of maintenance, and off the record */
    SWITCH_FORGET, /* somebody has switched it on: off the record with it */
};

enum { SWITCH_DOWN_S = 600 }; /* a host may take so long to go down */

enum switch_step switch_next(const struct switch_sight *s);

/* By its own facts, right before the hook: it is empty and in maintenance. Else
 * a sentence says why not. */
bool switch_may_go(const char *facts, size_t len, struct msg *why);

#endif
