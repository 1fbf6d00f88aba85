/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop check: whether the hosts and switches of the configuration are as
 * moves need them, and what to do where they are not. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "tools/cluster/check.h"
#include "tools/move/check_here.h"
#include "tools/move/ways.h"
#include "tools/view/checkview.h"
#include "tools/view/runview.h"

/* What one host finds of itself, for the host that asked. */
static int check_this_host(struct app *app, char **peer, int n)
{
    struct json_out *o;
    struct hostcheck h;
    struct msg err;
    int rc;

    if (check_here(&app->conf, peer, (size_t)n, &h, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    o = json_out_new(stdout, false);
    if (!o)
        die_oom();
    hostcheck_write(o, &h);
    rc = json_out_free(o) ? RC_FAILED : RC_OK;
    hostcheck_dispose(&h);
    return rc;
}

/* For a host that wants to know which way its moves would take to here. What is
 * said has a key, and is for no terminal. */
static int check_listen(struct app *app)
{
    if (isatty(STDOUT_FILENO))
        return usage_error("check", "--listen is for another host's check");
    return ways_listen(&app->conf, STDIN_FILENO, STDOUT_FILENO) ? RC_FAILED
                                                                : RC_OK;
}

/* Faults are RC_PARTLY; if no host has answered, RC_FAILED. */
static int check_code(const struct check *k)
{
    bool bad = false, answered = false;

    for (size_t i = 0; i < k->n; i++) {
        bad |= check_is_bad(&k->row[i]);
        answered |= i < k->hosts && k->row[i].answered;
    }
    return !answered ? RC_FAILED : bad ? RC_PARTLY : RC_OK;
}

static int check_cluster(struct app *app, char **host, int n, bool json)
{
    struct check k = { .conf = &app->conf,
                       .conf_path = app->conf_path,
                       .host = host,
                       .host_n = (size_t)n,
                       .progress = runview_progress };
    struct msg err;
    int rc = check_run(&k, &err);

    if (rc) {
        complain("%s", err.text);
        return rc == -EINVAL ? RC_USAGE : RC_FAILED;
    }
    rc = check_code(&k);
    if (json) {
        struct json_out *o = json_out_new(stdout, true);

        if (!o)
            die_oom();
        checkview_json(o, &k);
        rc = json_out_free(o) ? RC_FAILED : rc;
    } else {
        checkview_text(stdout, &k);
    }
    check_dispose(&k);
    return rc;
}

int cmd_check(struct app *app, const struct cmd *self, int argc, char **argv)
{
    bool json = false, here = false, listens = false;
    struct cmd_iter it;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_JSON: json = true; break;
        case OPT_HERE: here = true; break;
        case OPT_LISTEN: listens = true; break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    if (listens)
        return check_listen(app);
    return here ? check_this_host(app, argv + it.index, argc - it.index)
                : check_cluster(app, argv + it.index, argc - it.index, json);
}
