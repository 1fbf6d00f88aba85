/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop cancel: asks a run to end, from another terminal. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>

#include "tools/base/msg.h"
#include "tools/cli/cmd.h"
#include "tools/cli/rollcmd.h"
#include "tools/cli/runcmd.h"
#include "tools/move/claim.h"
#include "tools/paths.h"
#include "tools/move/run_lock.h"

/* Leaves the wish in the store, for the executor of the run. RC_OK; or why it
 * can't was printed. *open_r: the run has not ended. */
static int cancel_wish_for(struct runcmd *c, struct store *store,
                           const char *name, bool *open_r)
{
    struct msg err;
    struct run r;

    *open_r = false;
    if (journal_load(store, name, &r, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    *open_r = r.state != RUN_ENDED;
    run_dispose(&r);
    if (!*open_r) {
        if (!c->json)
            printf("run %s has ended already\n", name);
        return RC_OK;
    }
    if (!journal_cancel(store, name, c->req.wish))
        return RC_OK;
    complain("run %s cannot be cancelled: %s", name, store_error(store));
    *open_r = false;
    return RC_FAILED;
}

static int cancel_run(struct runcmd *c, struct store *store, const char *name)
{
    bool open;
    int rc = cancel_wish_for(c, store, name, &open);

    if (!open)
        return rc;
    if (!run_alive(name)) { /* its executor is gone: settled from here */
        c->req.resume = true;
        c->req.run = name;
        return runcmd_start(c);
    }
    if (!c->json)
        printf("run %s: %s\n", name,
               journal_cancelled(store, name) == CANCEL_NOW
                   ? "its moves are cancelled, except those past their point "
                     "of no return"
                   : "no more moves are started; those that run continue to "
                     "their end (--now cancels them too)");
    return RC_OK;
}

static int cancel_named(struct runcmd *c, const char *name)
{
    struct store *store = NULL;
    char newest[80];
    struct msg err;
    int rc = RC_FAILED;

    if (store_open(&store, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    if (!name && !journal_newest(store, false, newest, sizeof newest))
        name = newest;
    if (name)
        rc = cancel_run(c, store, name);
    else
        complain("no run is under way from this host");
    store_close(store);
    return rc;
}

int cmd_cancel(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct cmd_iter it;
    struct runcmd c;
    const char *name;
    char roll[80];
    int opt;

    runcmd_init(&c, app, self);
    c.req.wish = CANCEL_STOP;
    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_NOW: c.req.wish = CANCEL_NOW; break;
        case OPT_JSON: c.json = true; break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    if (argc - it.index > 1)
        return usage_error("cancel", "cancel takes one RUN or ROLL");
    name = argc > it.index ? argv[it.index] : NULL;
    if (name && !run_name_ok(name))
        return usage_error("cancel", "%s is not the name of a run", name);
    if (!name && rollcmd_newest(roll, sizeof roll))
        name = roll;
    return name && roll_name_ok(name)
               ? rollcmd_cancel(app, name, c.req.wish == CANCEL_NOW, c.json)
               : cancel_named(&c, name);
}
