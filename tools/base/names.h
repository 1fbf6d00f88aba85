/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Numbers names, so that what is kept of each can be found in an array. It
 * sorts them: no choice of names makes it slow.
 */
#ifndef RACKHOP_BASE_NAMES_H
#define RACKHOP_BASE_NAMES_H

#include <stdint.h>

/* All zero is none. */
struct names {
    const char **s; /* in the order of strcmp(), once it is closed */
    uint32_t n;
};

/* Makes room for so many. 0 or -ENOMEM; names_dispose() is allowed in any case. */
int names_init(struct names *t, uint32_t most);
/* Adds one, which may be there: it stays the caller's, and has to outlive t. */
void names_add(struct names *t, const char *s);
/* After the last one: numbers them from 0 to n - 1. */
void names_close(struct names *t);
/* The number of one that was added; UINT32_MAX: it was not. */
uint32_t names_find(const struct names *t, const char *s);
void names_dispose(struct names *t);

#endif
