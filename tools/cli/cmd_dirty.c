/* SPDX-License-Identifier: LGPL-2.1-only */
#include "tools/cli/cmdtable.h"
#include "tools/cli/cmd.h"
int cmd_dirty(struct app *app, int argc, char **argv)
{
    return RC_FAILED;
}
