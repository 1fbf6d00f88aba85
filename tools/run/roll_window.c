/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads a window of the day, and says whether a minute is in it. */
#include "tools/run/roll_window.h"

#include <string.h>

static bool window_digit(const char *p)
{
    return *p >= '0' && *p <= '9';
}

/* Exactly "HH:MM"; -1: it is none. */
static int window_minute(const char *p)
{
    int h, m;

    if (!window_digit(p) || !window_digit(p + 1) || p[2] != ':' ||
        !window_digit(p + 3) || !window_digit(p + 4))
        return -1;
    h = (p[0] - '0') * 10 + p[1] - '0';
    m = (p[3] - '0') * 10 + p[4] - '0';
    return h < 24 && m < 60 ? h * 60 + m : -1;
}

bool roll_window_parse(const char *text, int *from_r, int *to_r)
{
    int from, to;

    if (strlen(text) != strlen("HH:MM-HH:MM") || text[5] != '-')
        return false;
    from = window_minute(text);
    to = window_minute(text + 6);
    if (from < 0 || to < 0 || from == to)
        return false;
    *from_r = from;
    *to_r = to;
    return true;
}

bool roll_window_has(int from, int to, int minute)
{
    if (from < 0)
        return true;
    return from < to ? minute >= from && minute < to
                     : minute >= from || minute < to;
}
