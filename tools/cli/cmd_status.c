/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop status: how far a run is, from another terminal. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/msg.h"
#include "tools/cli/rollcmd.h"
#include "tools/move/claim.h"
#include "tools/paths.h"
#include "tools/run/live.h"
#include "tools/move/run_lock.h"
#include "tools/doc/run_status.h"
#include "tools/view/runview.h"
#include "tools/view/terminal.h"

enum { LOOK_MS = 1000 };

struct status {
    struct app *app;
    struct store *store;
    bool json, watch;
};

static void status_show(const struct status *s, const struct run *r,
                        bool alive)
{
    struct json_doc *doc = alive ? live_load(r->name) : NULL;
    const struct json *live = doc ? json_root(doc) : NULL;
    struct status_look look = { .look =
                                    table_look(s->app->wide, s->app->colour) };
    struct json_out *o;

    if (s->watch && s->app->tty && alive)
        look.rows = terminal_rows() > 8 ? terminal_rows() - 4 : 4;
    if (s->json) {
        o = json_out_new(stdout, false);
        if (!o)
            die_oom();
        run_status_write(o, r, alive, live);
        json_out_free(o);
    } else {
        runview_status(stdout, r, alive, live, &look);
        if (r->state == RUN_ENDED)
            runview_report(stdout, r, look.look);
    }
    fflush(stdout);
    json_free(doc);
}

/* The run's own exit code once it has ended, or while it waits for a guest in
 * doubt; 0 while it goes on. */
static int status_look(const struct status *s, const char *name)
{
    uint64_t since = 0;

    if (s->watch)
        journal_wait(s->store, name, &since,
                     LOOK_MS); /* it begins before the first look */
    for (;;) {
        bool alive = run_alive(name);
        struct msg err;
        struct run r;
        int rc;

        if (journal_load(s->store, name, &r, &err)) {
            complain("%s", err.text);
            return RC_FAILED;
        }
        if (s->watch && s->app->tty)
            fputs("\033[H\033[J", stdout);
        status_show(s, &r, alive);
        rc = r.state == RUN_ENDED || !alive ? (int)r.code : RC_OK;
        run_dispose(&r);
        if (!s->watch || !alive)
            return rc;
        journal_wait(s->store, name, &since, LOOK_MS);
    }
}

static int status_of(struct status *s, const char *name)
{
    char newest[80];
    struct msg err;
    int rc = RC_OK;

    if (store_open(&s->store, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    if (!name && !journal_newest(s->store, true, newest, sizeof newest))
        name = newest;
    if (name)
        rc = status_look(s, name);
    else if (s->json)
        puts("{\"format\":\"rackhop-status/1\",\"run\":null,\"moves\":[]}");
    else
        puts("no plan was carried out from this host");
    store_close(s->store);
    return rc;
}

int cmd_status(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct status s = { .app = app };
    const char *name;
    struct cmd_iter it;
    char roll[80];
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_WATCH: s.watch = true; break;
        case OPT_JSON: s.json = true; break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    if (argc - it.index > 1)
        return usage_error("status", "status takes one RUN or ROLL");
    name = argc > it.index ? argv[it.index] : NULL;
    if (name && !run_name_ok(name))
        return usage_error("status", "%s is not the name of a run", name);
    /* the runs of a roll that is open are parts of it */
    if (!name && rollcmd_newest(roll, sizeof roll))
        name = roll;
    return name && roll_name_ok(name)
               ? rollcmd_status(app, name, s.watch, s.json)
               : status_of(&s, name);
}
