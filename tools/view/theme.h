/* SPDX-License-Identifier: LGPL-2.1-only */
/* The colours of all that is shown, and whether there are any. */
#ifndef RACKHOP_VIEW_THEME_H
#define RACKHOP_VIEW_THEME_H

#include <stdbool.h>

enum theme {
    THEME_PLAIN,
    THEME_GOOD,
    THEME_WARN, /* something is to be known */
    THEME_BAD,  /* something is to be done */
};

/* when: "always", "never", or "auto" and NULL: on a terminal that knows
 * colours (TERM is neither unset nor dumb), unless NO_COLOR is set. False in
 * *ok_r: it is none of these. */
bool theme_wanted(const char *when, bool tty, bool *ok_r);

/* The sequence that begins it; "" without colour. */
const char *theme_begin(enum theme what, bool colour);
const char *theme_end(enum theme what, bool colour);

#endif
