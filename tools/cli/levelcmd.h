/* SPDX-License-Identifier: LGPL-2.1-only */
/* The verbs of `rackhop level` that set the level, and give it to guests. */
#ifndef RACKHOP_CLI_LEVELCMD_H
#define RACKHOP_CLI_LEVELCMD_H

#include "tools/cli/planning.h"
#include "tools/cluster/levels.h"

/* `set LEVEL`, `set none`: on the hosts of l, or with --snapshot on this host
 * alone. An exit code. */
int levelcmd_set(struct planning *p, const struct levels *l, unsigned level);

/* `take RECORD|none` and `create [--force] -- WORD..`, which are for programs:
 * the level of this host is set, or shown as a guest is to have it. An exit
 * code; -1: it is another verb. */
int levelcmd_host(struct app *app, const struct cmd *self, int argc,
                  char **argv);

/* The line of the level that is set on this host. An exit code; -1: none is
 * set. */
int levelcmd_line_here(void);

#endif
