/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Ends the process when Xen's libraries wait for ever: for a xenstored that
 * hangs in the middle of a session, or for Xen. For steps that may be cut off
 * anywhere: those that read, and those that what is on record lets `rackhop
 * recover` take again. While a guest's memory is sent or comes there is none:
 * cut off then, the guest could stay suspended, and go on by itself otherwise
 * as soon as xenstored answers.
 */
#ifndef RACKHOP_DEADLINE_H
#define RACKHOP_DEADLINE_H

#include "tools/exit.h"

enum {
    DEADLINE_READ_S = 60, /* what is read of Xen; xlx_open() may take 20 */
    /* where a copy of a guest may be destroyed, and a large one takes time */
    DEADLINE_SETTLE_S = 900,
};

/* After so many seconds a sentence goes to stderr, that Xen stopped answering
 * while `doing`, and the process exits with the code. `doing` is borrowed until
 * deadline_end(). */
void deadline_begin(unsigned seconds, enum exit_code code, const char *doing);
void deadline_end(void);

#endif
