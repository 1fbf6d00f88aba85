/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the bash completion of rackhop out of the table of commands. */
#ifndef RACKHOP_CLI_COMPLETION_H
#define RACKHOP_CLI_COMPLETION_H

/* To stdout. */
void completion_write(void);

#endif
