/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Starts a process that outlives the one that asked, its connection and its
 * terminal; and tells such a process from another that has its number.
 */
#ifndef RACKHOP_MOVE_DETACH_H
#define RACKHOP_MOVE_DETACH_H

#include <sys/types.h>

/*
 * Runs `work`, which does not return, in a new process: no child of this one,
 * in a session of its own, deaf to SIGHUP, with /dev/null for its standard
 * streams. It has all other descriptors, and the locks that hang on them. 0 or
 * a negative errno.
 */
int detach(void (*work)(void *arg), void *arg);

/* When a process started, in the kernel's ticks; 0: there is none, or it has
 * ended and nobody has asked how. A number of a process may be used again, the
 * number and this time together may not. */
unsigned long long process_start(pid_t pid);

#endif
