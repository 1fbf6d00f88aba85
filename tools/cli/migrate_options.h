/* SPDX-License-Identifier: LGPL-2.1-only */
/* The options of `rackhop migrate`, read into a request for a move. */
#ifndef RACKHOP_CLI_MIGRATE_OPTIONS_H
#define RACKHOP_CLI_MIGRATE_OPTIONS_H

#include "tools/cli/cmd.h"
#include "tools/move/engine.h"

struct migrate_options {
    struct move_request request;
    bool json, yes;
    bool downtime; /* --downtime was given */
    bool as_xl;    /* called by the xl front: only ever from this host */
};

/* Options and operands, in any order. -1: go on; else an exit code, with
 * everything said. */
int migrate_options(struct migrate_options *o, struct app *app,
                    const struct cmd *self, int argc, char **argv);

#endif
