/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop completion bash: writes the shell's completion. The script asks back
 * for what only the configuration has: rackhop completion hosts|racks.
 */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/completion.h"

int cmd_completion(struct app *app, const struct cmd *self, int argc,
                   char **argv)
{
    struct cmd_iter it;
    const char *what;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        ;
    if (opt)
        return cmd_iter_exit(opt);
    what = argc - it.index == 1 ? argv[it.index] : "";
    if (!strcmp(what, "bash")) {
        completion_write(cmd_table);
    } else if (!strcmp(what, "hosts")) {
        for (size_t i = 0; i < app->conf.hosts.n; i++)
            puts(app->conf.hosts.row[i].name);
    } else if (!strcmp(what, "racks")) {
        for (size_t i = 0; i < app->conf.racks.n; i++)
            printf("rack:%s\n", app->conf.racks.row[i].name);
    } else {
        return usage_error("completion", "completion takes bash, hosts or "
                                         "racks");
    }
    return RC_OK;
}
