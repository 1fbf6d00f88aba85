/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Why a command on another host failed, from what came on its standard error:
 * of ssh's own failure its last line, of the command's its first, and a
 * warning only when there is nothing else. What everybody meets on the first
 * day gets its remedy.
 */
#ifndef RACKHOP_REMOTE_REASON_H
#define RACKHOP_REMOTE_REASON_H

#include <stdbool.h>
#include <stddef.h>

enum { REASON_LINE = 256, REASON_SSH = 255, REASON_NO_COMMAND = 127 };

/* All zero is nothing said. */
struct reason {
    char line[REASON_LINE]; /* that has not ended yet; what is longer is cut */
    size_t at;
    char first[REASON_LINE], last[REASON_LINE], warning[REASON_LINE];
    bool changed; /* ssh's warning that a host has another key now */
};

/* Takes what was read, in however many pieces it comes. */
void reason_add(struct reason *r, const char *text, size_t len);
/*
 * One sentence, not yet safe for a terminal, or "": only warnings were said
 * (they are told when the command has ended), or nothing. code: with which it
 * ended; < 0: it has not.
 */
void reason_tell(struct reason *r, int code, char buf[REASON_LINE]);
/* Puts the address of the host where a remedy says ADDRESS; NULL: it stays. */
void reason_address(char said[REASON_LINE], const char *address);

#endif
