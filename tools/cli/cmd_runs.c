/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop runs: the runs and rolls that this host has kept. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>

#include "tools/cli/cmd.h"
#include "tools/paths.h"
#include "tools/run/runs.h"
#include "tools/view/inventoryview.h"
#include "tools/view/runview.h"

static int runs_show(const struct app *app, const struct runs_row *row,
                     size_t n, bool json)
{
    struct json_out *o;

    if (!json) {
        inventoryview_runs(stdout, row, n, table_look(app->wide, app->colour));
        return RC_OK;
    }
    o = json_out_new(stdout, true);
    if (!o)
        die_oom();
    runs_write(o, row, n);
    return json_out_free(o) ? RC_FAILED : RC_OK;
}

static int runs_list(const struct app *app, bool json)
{
    struct runs_row *row = NULL;
    struct store *s = NULL;
    struct msg err;
    size_t n = 0;
    int rc = store_open(&s, path_state(), &err);

    if (!rc)
        rc = runs_read(s, &row, &n, runview_note, NULL, &err);
    store_close(s);
    if (rc) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = runs_show(app, row, n, json);
    free(row);
    return rc;
}

int cmd_runs(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct cmd_iter it;
    bool json = false;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        json |= opt == OPT_JSON;
    if (opt)
        return cmd_iter_exit(opt);
    if (it.index < argc)
        return usage_error("runs", "runs takes no operands");
    return runs_list(app, json);
}
