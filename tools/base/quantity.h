/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Parses quantities as people write them: 300ms, 5m, 100Mbit, 1.5TiB. A number
 * alone is in the unit that the caller counts in.
 */
#ifndef RACKHOP_BASE_QUANTITY_H
#define RACKHOP_BASE_QUANTITY_H

#include <stdbool.h>

enum quantity {
    QUANTITY_S,    /* seconds: ms, s, m or min, h, d */
    QUANTITY_MS,   /* milliseconds: the same units */
    QUANTITY_MBIT, /* 10^6 bit/s: kbit, Mbit, Gbit, MiB/s, GiB/s */
    QUANTITY_GIB,  /* 2^30 bytes: MiB, GiB, TiB, or M, G, T */
};

/* Units may be in any case, with blanks before them, and rates may end with
 * "/s"; but no size is in "m", which is minutes. False: it is none; *v_r is not
 * touched then. Numbers are finite and not negative, in decimal digits with a
 * point, or as 1e3; blanks and a "+" may be before them. */
bool quantity_parse(enum quantity kind, const char *text, double *v_r);

/* Why that which looks like one is none, to follow it in a message; or "". */
const char *quantity_hint(enum quantity kind, const char *text);

/* "milliseconds", and "300ms or 2s", for messages. */
const char *quantity_unit(enum quantity kind);
const char *quantity_examples(enum quantity kind);

#endif
