/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop agent: samples this host and its guests until it is stopped. */
#include "tools/cli/cmdtable.h"

#include <signal.h>
#include <string.h>

#include "libxl-ext/migrate.h"
#include "tools/daemon/agent.h"
#include "tools/deadline.h"
#include "tools/log.h"
#include "tools/paths.h"
#include "tools/signals.h"

static volatile sig_atomic_t agent_stops;

static void agent_tell(const char *text)
{
    complain("%s", text);
}

static int agent_with(struct app *app, struct xlx *x)
{
    struct agent_request rq = {
        .looker = xlx_looker(x),
        .root = "",
        .statedir = path_state(),
        .conf = &app->conf,
        .tell = agent_tell,
    };
    struct msg err = MSG_NONE;
    struct agent *a;
    sigset_t wait_mask;
    int rc;

    signals_count(&agent_stops, &agent_stops, &wait_mask);
    if (agent_new(&a, &rq, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = agent_run(a, &agent_stops, &wait_mask);
    if (rc)
        complain("Xen has not answered for a minute: %s", strerror(-rc));
    agent_free(a);
    return rc ? RC_FAILED : RC_OK;
}

static int agent_start(struct app *app)
{
    struct xentoollog_logger *lg = log_new(app->verbose);
    struct msg err = MSG_NONE;
    struct xlx *x = NULL;
    int rc;

    if (!lg)
        die_oom();
    deadline_begin(DEADLINE_READ_S, RC_FAILED, "the agent was started");
    rc = xlx_open(&x, lg, &err);
    deadline_end();
    if (rc)
        complain("%s", err.text);
    rc = rc ? RC_FAILED : agent_with(app, x);
    xlx_close(x);
    log_free(lg);
    return rc;
}

int cmd_agent(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct cmd_iter it;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        ;
    if (opt)
        return cmd_iter_exit(opt);
    if (argc != it.index)
        return usage_error("agent", "agent takes no operands");
    return agent_start(app);
}
