/* SPDX-License-Identifier: LGPL-2.1-only */
/* Finds the word that somebody who mistyped one most likely meant. */
#ifndef RACKHOP_BASE_NEAR_H
#define RACKHOP_BASE_NEAR_H

#include <stdbool.h>

struct near {
    const char *word; /* as it was typed; stays the caller's */
    const char *best; /* one of the candidates; NULL: none is like it */
    unsigned cost;    /* letters to change, to add, to take away or to swap */
};

void near_init(struct near *n, const char *word);
/*
 * Is this one nearer? One letter in four may be wrong, and one more. A word
 * that begins with what was typed (3 letters at least) is as near as one wrong
 * letter. Zeros that lead a number do not count: v1 may be v0001.
 */
void near_try(struct near *n, const char *candidate);

enum { NEAR_HINT = 160 };
/* "; did you mean PREFIXbest?", or "" when none is near. Returns buf. */
char *near_hint(const struct near *n, const char *prefix, char buf[NEAR_HINT]);

#endif
