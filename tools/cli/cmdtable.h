/* SPDX-License-Identifier: LGPL-2.1-only */
/* The functions behind the rows of cmdtable.c, and the ids of options that
 * have no letter. */
#ifndef RACKHOP_CLI_CMDTABLE_H
#define RACKHOP_CLI_CMDTABLE_H

struct app;

/* Options without a letter; one name, one id, whichever command has it. */
enum opt_id {
    OPT_FIRST = 256,
    OPT_JSON,
};

int cmd_version(struct app *app, int argc, char **argv);

#endif
