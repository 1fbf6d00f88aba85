/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop completion bash|zsh|fish: writes the shell's completion. The script
 * asks back for what only this host knows: rackhop completion hosts|racks|runs.
 */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/completion.h"
#include "tools/paths.h"
#include "tools/run/runs.h"

static void completion_hosts(const struct config *conf)
{
    for (size_t i = 0; i < conf->hosts.n; i++)
        puts(conf->hosts.row[i].name);
}

static void completion_racks(const struct config *conf)
{
    for (size_t i = 0; i < conf->racks.n; i++)
        printf("rack:%s\n", conf->racks.row[i].name);
}

static void completion_quiet(void *arg, const char *text)
{
}

/* Who cannot read the records is offered none. */
static void completion_runs(void)
{
    struct runs_row *row = NULL;
    struct store *s = NULL;
    struct msg ignored;
    size_t n = 0;

    if (store_open(&s, path_state(), &ignored))
        return;
    if (!runs_read(s, &row, &n, completion_quiet, NULL, &ignored))
        for (size_t i = 0; i < n; i++)
            puts(row[i].name);
    free(row);
    store_close(s);
}

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
    if (!strcmp(what, "bash"))
        completion_bash(cmd_table);
    else if (!strcmp(what, "zsh"))
        completion_zsh(cmd_table);
    else if (!strcmp(what, "fish"))
        completion_fish(cmd_table);
    else if (!strcmp(what, "hosts"))
        completion_hosts(&app->conf);
    else if (!strcmp(what, "racks"))
        completion_racks(&app->conf);
    else if (!strcmp(what, "runs"))
        completion_runs();
    else
        return usage_error("completion", "completion takes bash, zsh, fish, "
                                         "hosts, racks or runs");
    return RC_OK;
}
