/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * What commands do with rolls that are carried out: begin and resume one, show
 * how far it is, cancel it.
 */
#ifndef RACKHOP_CLI_ROLLCMD_H
#define RACKHOP_CLI_ROLLCMD_H

#include <stdbool.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/run/roll_run.h"

/* Options of a roll's command that do not plan: false, and what is wrong with
 * the argument was printed. */
bool roll_option(struct planning *p, int id, const char *arg);

/* Carries out what was planned. An exit code; all is printed. */
int rollcmd_begin(const struct planning *p, struct roll *r);
int rollcmd_resume(const struct planning *p, const char *name);

/* The open roll, if there is one, in name. false: there is
 * none, or the store cannot be opened. */
bool rollcmd_newest(char *name, size_t len);
int rollcmd_cancel(struct app *app, const char *name, bool now, bool json);
int rollcmd_status(struct app *app, const char *name, bool watch, bool json);

#endif
