/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop move: starts or cancels a move of a run, on the guest's host. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/uuid.h"
#include "tools/doc/record.h"
#include "tools/move/job.h"
#include "tools/move/job_request.h"
#include "tools/paths.h"

static int move_job_run(const struct job_request *q)
{
    struct msg err = MSG_NONE;
    int rc = job_request(q, &err);

    if (*err.text)
        complain("%s", err.text);
    return rc;
}

static int move_job_cancel(const char *id)
{
    struct msg err = MSG_NONE;
    char dir[JOB_DIR];
    int rc;

    job_dir(dir, path_run());
    rc = job_cancel(dir, id, &err);
    if (rc < 0) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    printf("move %s %s\n", id, rc ? "is being cancelled" : "does not run");
    return RC_OK;
}

/* 0, or -1 after saying what is wrong. */
static int take_option(struct job_request *q, int opt, const char *arg)
{
    double rate;
    long downtime, seconds, lanes;

    switch (opt) {
    case OPT_ID: q->id = arg; break;
    case OPT_KNOWN: q->known = true; break;
    case OPT_HOLD:
        q->hold = arg;
        return parse_long("--hold", arg, 1, JOB_HOLD_S_MAX, &seconds);
    case OPT_LANES:
        q->lanes = arg;
        return parse_long("--lanes", arg, 1, LANES_MAX, &lanes);
    case OPT_RATE:
        q->rate = arg;
        return parse_quantity("--rate", QUANTITY_MBIT, arg, 0.001, 1e6, &rate);
    case OPT_DOWNTIME:
        q->downtime = arg;
        return parse_quantity_long("--downtime", QUANTITY_MS, arg, 1, 600000,
                                   &downtime);
    }
    return 0;
}

int cmd_move(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct job_request q = { .config = app->conf_path };
    struct cmd_iter it;
    const char *verb;
    int opt;

    if (argc < 2)
        return usage_error("move", "move takes run or cancel");
    verb = argv[1];
    cmd_iter_init(&it, self, argc - 1, argv + 1);
    while ((opt = cmd_next(&it)) > 0)
        if (take_option(&q, opt, it.arg))
            return RC_USAGE;
    if (opt)
        return cmd_iter_exit(opt);
    if (app->conf.lanes) /* who set that knows better than the map */
        q.lanes = NULL;
    argv += 1 + it.index;
    argc -= 1 + it.index;
    if (!strcmp(verb, "run") && q.id && record_id_ok(q.id) && argc == 2 &&
        uuid_ok(argv[0]) && *argv[1] != '-') {
        q.uuid = argv[0];
        q.host = argv[1];
        return move_job_run(&q);
    }
    if (!strcmp(verb, "cancel") && argc == 1 && record_id_ok(argv[0]))
        return move_job_cancel(argv[0]);
    return usage_error("move", "move takes run --id ID UUID HOST, or "
                               "cancel ID");
}
