/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop version: prints the version; a source host asks a target host for
 * it.
 */
#include "tools/cli/cmdtable.h"

#include <stdio.h>

#include "tools/cli/cmd.h"

int cmd_version(struct app *app, const struct cmd *self, int argc, char **argv)
{
    puts("rackhop " RACKHOP_VERSION);
    return RC_OK;
}
