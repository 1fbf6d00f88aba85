/* SPDX-License-Identifier: LGPL-2.1-only */
/* What a person reads who asks for help: the commands, and one of them. */
#ifndef RACKHOP_CLI_HELP_H
#define RACKHOP_CLI_HELP_H

#include <stdio.h>

struct cmd;

extern const char help_exit_codes[]; /* two lines */

/* help_all.c: all commands, in groups. */
void help_commands(FILE *f);
/* Behind the options of a command: examples, exit codes, the page to read. */
void help_more(const struct cmd *c);

#endif
