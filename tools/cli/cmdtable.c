/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * The commands. Each command's options stand here beside their one line of
 * help; what they do stands in cmd_NAME.c.
 */
#include "tools/cli/cmdtable.h"

#include "tools/cli/cmd.h"

const struct cmd cmd_table[] = {
    { "version", cmd_version, "", "print the version", NULL, true },
    { NULL, NULL, NULL, NULL, NULL, false },
};
