/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop daemon: rackhopd, which looks after the cluster until it is stopped. */
#include "tools/cli/cmdtable.h"

#include <signal.h>

#include "tools/daemon/controller.h"
#include "tools/signals.h"

static volatile sig_atomic_t daemon_stops;

static void daemon_tell(const char *text)
{
    complain("%s", text);
}

int cmd_daemon(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct controller_request q = { .conf = &app->conf,
                                    .conf_path = app->conf_path,
                                    .stops = &daemon_stops,
                                    .tell = daemon_tell };
    struct msg err = MSG_NONE;
    struct cmd_iter it;
    sigset_t wait_mask;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        q.once |= opt == OPT_ONCE;
    if (opt)
        return cmd_iter_exit(opt);
    if (argc != it.index)
        return usage_error("daemon", "daemon takes no operands");
    if (q.once && !app->conf.hosts.n) {
        complain("%s", config_no_hosts);
        return RC_USAGE;
    }
    signals_count(&daemon_stops, &daemon_stops, &wait_mask);
    q.wait_mask = &wait_mask;
    opt = controller_run(&q, &err);
    if (opt == RC_USAGE)
        complain("%s", err.text); /* all else was told */
    return opt;
}
