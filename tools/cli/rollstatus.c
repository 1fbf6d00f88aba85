/* SPDX-License-Identifier: LGPL-2.1-only */
/* Shows how far a roll is, from another terminal. */
#include <stdio.h>

#include "tools/cli/rollcmd.h"
#include "tools/move/run_lock.h"
#include "tools/paths.h"
#include "tools/view/rollrunview.h"

enum { LOOK_MS = 1000 };

bool rollcmd_newest(char *name, size_t len)
{
    struct store *s = NULL;
    struct msg ignored;
    bool found;

    if (store_open(&s, path_state(), &ignored))
        return false; /* who needs it next says why */
    found = !roll_newest(s, false, name, len);
    store_close(s);
    return found;
}

static void rollstatus_show(const struct roll *r, bool alive, bool json)
{
    struct json_out *o;

    if (json) {
        o = json_out_new(stdout, false);
        if (!o)
            die_oom();
        roll_status_write(o, r, alive);
        json_out_free(o);
    } else {
        rollrunview_status(stdout, r, alive);
        if (r->ended)
            rollrunview_left(stdout, r);
    }
    fflush(stdout);
}

/* Its own exit code once it has ended, 0 while it goes on. */
static int rollstatus_look(struct app *app, struct store *s, const char *name,
                           bool watch, bool json)
{
    uint64_t since = 0;

    if (watch)
        roll_wait(s, name, &since, LOOK_MS); /* it begins before the look */
    for (;;) {
        bool alive = run_alive(name);
        struct msg err;
        struct roll r;
        int rc;

        if (roll_load_steps(s, name, &r, &err)) {
            complain("%s", err.text);
            return RC_FAILED;
        }
        if (watch && app->tty)
            fputs("\033[H\033[J", stdout);
        rollstatus_show(&r, alive, json);
        rc = r.ended || !alive ? (int)r.code : RC_OK;
        roll_record_dispose(&r);
        if (!watch || !alive)
            return rc;
        roll_wait(s, name, &since, LOOK_MS);
    }
}

int rollcmd_status(struct app *app, const char *name, bool watch, bool json)
{
    struct store *s = NULL;
    struct msg err;
    int rc;

    if (store_open(&s, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = rollstatus_look(app, s, name, watch, json);
    store_close(s);
    return rc;
}
