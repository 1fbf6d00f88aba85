/* SPDX-License-Identifier: LGPL-2.1-only */
/* Asks the terminal how wide and how high it is. */
#include "tools/view/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

unsigned terminal_columns(void)
{
    struct winsize w;

    return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col ? w.ws_col : 80;
}

unsigned terminal_rows(void)
{
    struct winsize w;

    return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_row ? w.ws_row : 24;
}
