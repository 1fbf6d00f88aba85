/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Writes the completion of rackhop for shells out of the table of commands.
 * All go to stdout; the table ends with a row that has no name.
 */
#ifndef RACKHOP_CLI_COMPLETION_H
#define RACKHOP_CLI_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>

struct cmd;

void completion_bash(const struct cmd *table);
void completion_zsh(const struct cmd *table);
void completion_fish(const struct cmd *table);

/*
 * What a command takes as its first operand, or as a later one: kinds with
 * blanks between them, each as usage lines call it (HOST, DOMAIN, PLAN, RUN;
 * rack: one of rack:NAME), or words to choose from, "drain|migrate".
 */
void completion_operands(const struct cmd *c, bool first, char *buf,
                         size_t len);

#endif
