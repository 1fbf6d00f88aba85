/* SPDX-License-Identifier: LGPL-2.1-only */
/* Writes the bash completion of rackhop out of the table of commands. */
#ifndef RACKHOP_CLI_COMPLETION_H
#define RACKHOP_CLI_COMPLETION_H

struct cmd;

/* To stdout; the table ends with a row that has no name. */
void completion_write(const struct cmd *table);

#endif
