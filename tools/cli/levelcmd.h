/* SPDX-License-Identifier: LGPL-2.1-only */
/* What the verbs of `rackhop level` share, and those that set the level or give
 * it to guests. */
#ifndef RACKHOP_CLI_LEVELCMD_H
#define RACKHOP_CLI_LEVELCMD_H

#include "tools/cli/planning.h"
#include "tools/cluster/levels.h"
#include "tools/doc/json.h"

/* rackhop-level/1 on stdout: its beginning, to be ended with an exit code. */
struct json_out *levelcmd_json(const struct levels *l);
int levelcmd_json_end(struct json_out *o);

/* `audit`: an exit code. */
int levelcmd_audit(const struct levels *l, bool json);

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
