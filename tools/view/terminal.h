/* SPDX-License-Identifier: LGPL-2.1-only */
/* The size of the terminal that stdout is. */
#ifndef RACKHOP_VIEW_TERMINAL_H
#define RACKHOP_VIEW_TERMINAL_H

/* 80 and 24 when it does not tell. */
unsigned terminal_columns(void);
unsigned terminal_rows(void);

#endif
