/* SPDX-License-Identifier: LGPL-2.1-only */
/* The time of the day in which a roll may begin waves: "22:00-05:30". Pure. */
#ifndef RACKHOP_RUN_ROLL_WINDOW_H
#define RACKHOP_RUN_ROLL_WINDOW_H

#include <stdbool.h>

enum { ROLL_DAY_MIN = 24 * 60 };

/* HH:MM-HH:MM as minutes of the day. false: it is none, or has no length. */
bool roll_window_parse(const char *text, int *from_r, int *to_r);
/* Is this minute of the day in it? from < 0: there is no window, any is. One
 * that ends before it begins goes over midnight. */
bool roll_window_has(int from, int to, int minute);

#endif
