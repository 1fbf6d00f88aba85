/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop status, cancel: a run, from another terminal. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cli/running.h"
#include "tools/view/runview.h"
#include "tools/move/claim.h"
#include "tools/paths.h"
#include "tools/base/msg.h"

enum { LOOK_MS = 1000 };

static struct json_doc *load_live(const char *run)
{
    static const struct json_limits limits = { 8 << 20, 6, 1 << 20 };
    struct json_doc *doc = NULL;
    char path[512];
    struct msg err;

    snprintf(path, sizeof path, "%s/run/%s.live", path_run(), run);
    if (json_load(&doc, path, NULL, &limits, &err))
        return NULL;
    return doc;
}

static void show(const struct running *r, bool alive)
{
    struct json_doc *doc = alive ? load_live(r->run.name) : NULL;
    const struct json *live = doc ? json_root(doc) : NULL;
    struct json_out *o;

    if (!r->json) {
        runview_status(stdout, &r->run, alive, live);
        if (r->run.state == RUN_ENDED)
            runview_report(stdout, &r->run);
    } else {
        o = json_out_new(stdout, false);
        if (!o)
            die_oom();
        runview_status_json(o, &r->run, alive, live);
        json_out_free(o);
    }
    fflush(stdout);
    json_free(doc);
}

/* The run's own exit code once it has ended, 5 when it waits for a guest in
 * doubt; 0 while it goes on. */
static int status(struct running *r, const char *name, bool watch)
{
    struct msg err;
    bool alive;
    int rc;

    for (;;) {
        run_dispose(&r->run);
        alive = running_alive(name);
        if (journal_load(r->store, name, &r->run, &err)) {
            complain("%s", err.text);
            return RC_FAILED;
        }
        if (watch && r->app->tty)
            printf("\033[H\033[J");
        show(r, alive);
        rc = r->run.state == RUN_ENDED || !alive ? r->run.code : 0;
        if (!watch || !alive)
            return rc;
        poll(NULL, 0, LOOK_MS);
    }
}

int cmd_status(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct running r = { .app = app, .fd = -1 };
    struct cmd_iter it;
    bool watch = false;
    char newest[80];
    const char *name;
    int opt, rc;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_WATCH: watch = true; break;
        case OPT_JSON: r.json = true; break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    if (argc - it.index > 1)
        return usage_error("status", "status takes one RUN");
    name = argc > it.index ? argv[it.index] : NULL;
    if (name && !run_name_ok(name))
        return usage_error("status", "%s is no name of a run", name);
    rc = running_open(&r);
    if (!rc && !name) {
        if (!journal_newest(r.store, true, newest, sizeof newest))
            name = newest;
        else if (!r.json)
            puts("no plan was carried out from this host");
    }
    if (!rc && name)
        rc = status(&r, name, watch);
    running_close(&r);
    return rc;
}

/* --- cancel ------------------------------------------------------------------------ */

static int cancel(struct running *r, const char *name, enum cancel_wish wish)
{
    struct msg err;
    int rc;

    if (journal_load(r->store, name, &r->run, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    if (r->run.state == RUN_ENDED) {
        if (!r->json)
            printf("run %s has ended already\n", name);
        return RC_OK;
    }
    rc = journal_cancel(r->store, name, wish);
    if (rc) {
        complain("run %s can't be told: %s", name, store_error(r->store));
        return RC_FAILED;
    }
    if (running_alive(name)) {
        if (!r->json)
            printf("run %s is told: %s\n", name,
                   wish == CANCEL_NOW
                       ? "its moves are cancelled, but for those past their "
                         "point of no return"
                       : "no more moves are started; those that run go on "
                         "to their end (--now cancels them too)");
        return RC_OK;
    }
    /* its executor is gone: settled from here */
    run_dispose(&r->run);
    return running_resume(r, name, (int)wish);
}

int cmd_cancel(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct running r = { .app = app, .fd = -1 };
    enum cancel_wish wish = CANCEL_STOP;
    struct cmd_iter it;
    char newest[80];
    const char *name;
    int opt, rc;

    planning_settings(&r.set, &app->conf);
    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_NOW: wish = CANCEL_NOW; break;
        case OPT_JSON: r.json = true; break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    if (argc - it.index > 1)
        return usage_error("cancel", "cancel takes one RUN");
    name = argc > it.index ? argv[it.index] : NULL;
    if (name && !run_name_ok(name))
        return usage_error("cancel", "%s is no name of a run", name);
    rc = running_open(&r);
    if (!rc && !name) {
        if (!journal_newest(r.store, false, newest, sizeof newest)) {
            name = newest;
        } else {
            complain("no run is under way from this host");
            rc = RC_FAILED;
        }
    }
    if (!rc)
        rc = cancel(&r, name, wish);
    running_close(&r);
    return rc;
}
