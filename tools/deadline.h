/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Ends the process when a library waits for ever: libxl for a xenstored that
 * hangs in the middle of a session. Only for commands that read, which may end
 * anywhere.
 */
#ifndef RACKHOP_DEADLINE_H
#define RACKHOP_DEADLINE_H

/* After so many seconds the sentence goes to stderr, and the process exits with
 * RC_FAILED. The sentence is borrowed until deadline_end(). */
void deadline_begin(unsigned seconds, const char *sentence);
void deadline_end(void);

#endif
