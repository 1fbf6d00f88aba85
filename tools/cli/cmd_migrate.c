/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop migrate: moves one guest to one host, in place of `xl migrate`. */
#include "tools/cli/cmdtable.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cli/migrate_options.h"
#include "tools/cli/planning.h"
#include "tools/cli/runcmd.h"
#include "tools/log.h"
#include "tools/signals.h"
#include "tools/view/moveview.h"

static volatile sig_atomic_t migrate_cancels;

static enum progress_style migrate_style(const struct migrate_options *o,
                                         const struct app *app)
{
    if (o->json)
        return PROGRESS_JSON;
    return app->tty ? PROGRESS_TERMINAL : PROGRESS_LINES;
}

static int migrate_run(struct migrate_options *o, struct app *app)
{
    struct move_request *rq = &o->request;
    struct xentoollog_logger *lg = log_new(app->verbose);
    struct moveview view = {
        .progress = { .style = migrate_style(o, app), .host = rq->host },
        .ask = !o->yes && !o->json && !rq->hold_s && app->tty &&
               isatty(STDIN_FILENO),
    };
    struct move_events events = moveview_events(&view);
    struct plan_settings settings;
    struct move_result result;
    sigset_t wait_mask;

    if (!lg)
        die_oom();
    planning_settings(&settings, &app->conf);
    signals_count(&migrate_cancels, &migrate_cancels, &wait_mask);
    log_set_wipe(lg, progress_wipe, &view.progress);
    rq->log = lg;
    rq->settings = &settings;
    rq->store_data = app->conf.xenstore_data;
    rq->log_move = app->conf.log_moves;
    rq->autostart = !strcmp(app->conf.autostart, "follow");
    rq->hooks_dir =
        rq->id ? NULL : app->conf.hooks_dir; /* a run has its own */
    rq->cancels = &migrate_cancels;
    rq->wait_mask = &wait_mask;
    move_run(rq, &events, &result);
    log_free(lg);
    if (!result.not_here)
        return result.code;
    /* this is an administrator's machine: the guest's host moves it */
    if (!rq->id && !o->as_xl && app->conf.hosts.n) {
        sigprocmask(SIG_SETMASK, &wait_mask, NULL);
        return migrate_elsewhere(app, rq->domain, rq->host, o->yes, o->json,
                                 rq->dry_run);
    }
    complain("%s", result.text.text);
    return result.code;
}

int cmd_migrate(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct migrate_options o;
    int rc = migrate_options(&o, app, self, argc, argv);

    return rc >= 0 ? rc : migrate_run(&o, app);
}
