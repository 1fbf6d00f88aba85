/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads the options of `rackhop migrate` into a request for a move. */
#include "tools/cli/migrate_options.h"

#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmdtable.h"
#include "tools/doc/record.h"
#include "tools/move/job.h"
#include "tools/paths.h"

/* Options with a value that may be wrong. 0, or -1 after saying how. */
static int take_value(struct migrate_options *o, int opt, const char *arg)
{
    struct move_request *rq = &o->request;
    struct xlx_policy *policy = &rq->policy;
    long v = 0;
    double d = 0;

    switch (opt) {
    case OPT_ID:
        if (!record_id_ok(arg)) {
            complain("--id takes up to %d letters, digits and ._:-, the "
                     "first of which is no . or -, not %s",
                     RECORD_ID, arg);
            return -1;
        }
        rq->id = arg;
        break;
    case OPT_HOLD:
        if (parse_long("--hold", arg, 1, JOB_HOLD_S_MAX, &v))
            return -1;
        rq->hold_s = (unsigned)v;
        break;
    case OPT_LANES:
        if (parse_long("--lanes", arg, 1, LANES_MAX, &v))
            return -1;
        rq->lanes = (unsigned)v;
        break;
    case OPT_DOWNTIME:
        if (parse_quantity_long("--downtime", QUANTITY_MS, arg, 1, 600000, &v))
            return -1;
        policy->downtime_ms = (unsigned)v;
        policy->budget_pct = 0; /* asked for: however long it takes */
        o->downtime = true;
        break;
    case OPT_MAX_PAUSE:
        if (parse_quantity_long("--max-pause", QUANTITY_MS, arg, 1, 600000,
                                &v))
            return -1;
        policy->max_pause_ms = (unsigned)v;
        break;
    case OPT_PATIENCE:
        if (parse_quantity_long("--patience", QUANTITY_S, arg, 1,
                                WORD_PATIENCE, &v))
            return -1;
        rq->patience_s = (unsigned)v;
        break;
    case OPT_MIN_REMAINING:
        if (parse_long("--min-remaining", arg, 1, 1 << 30, &v))
            return -1;
        policy->min_remaining = (unsigned)v;
        policy->budget_pct = 0;
        break;
    case OPT_DEADLINE:
        if (parse_quantity_long("--deadline", QUANTITY_S, arg, 1, 1000000, &v))
            return -1;
        policy->max_seconds = (unsigned)v;
        policy->budget_pct = 0;
        break;
    case OPT_MAX_ROUNDS:
        if (parse_long("--max-rounds", arg, 1, 100000, &v))
            return -1;
        policy->max_rounds = (unsigned)v;
        break;
    case OPT_ON_LIMIT:
        if (strcmp(arg, "abort") && strcmp(arg, "stop")) {
            complain("--on-limit takes abort or stop, not %s", arg);
            return -1;
        }
        policy->on_limit = *arg == 'a' ? XLX_ABORT : XLX_STOP;
        break;
    case OPT_RATE:
        if (parse_quantity("--rate", QUANTITY_MBIT, arg, 0.001, 1e6, &d))
            return -1;
        rq->rate = (uint64_t)(d * 1e6 / 8);
        policy->bandwidth = rq->rate;
        break;
    }
    return 0;
}

static int take_option(struct migrate_options *o, int opt, const char *arg)
{
    struct move_request *rq = &o->request;

    switch (opt) {
    case 's': rq->ssh_command = arg; break;
    case 'C': rq->config_file = arg; break;
    case 'e':
    case 'F': rq->no_watch = true; break;
    case 'p': rq->paused = true; break;
    case 'D': rq->keep_domid = true; break;
    case OPT_DEBUG: rq->debug = true; break;
    case OPT_THROTTLE: rq->policy.throttle = 1; break;
    case OPT_NO_ARM: rq->no_arm = true; break;
    case OPT_NO_WIRE: rq->no_wire = true; break;
    case OPT_LIVE: break; /* always; xl ignores it as well */
    case OPT_DRY_RUN: rq->dry_run = true; break;
    case OPT_JSON: o->json = true; break;
    case OPT_YES: o->yes = true; break;
    case OPT_XL: rq->xl_only = true; break;
    case OPT_AS_XL: o->as_xl = o->yes = true; break;
    default: return take_value(o, opt, arg);
    }
    return 0;
}

/* Options may follow the operands, as xl's do. -1: go on; or an exit code. */
static int take_words(struct migrate_options *o, const struct cmd *self,
                      int argc, char **argv)
{
    const char *operand[2] = { NULL, NULL };
    bool all = false; /* after "--" there are no options */
    struct cmd_iter it;
    int opt, n = 0;

    while (argc > 1) {
        char *name = argv[0];

        cmd_iter_init(&it, self, argc, argv);
        it.index = 1;
        while (!all && (opt = cmd_next(&it)) != 0) {
            if (opt < 0)
                return cmd_iter_exit(opt);
            if (take_option(o, opt, it.arg))
                return RC_USAGE;
        }
        all = all || !strcmp(argv[it.index - 1], "--");
        if (it.index < argc && n == 2)
            return usage_error("migrate", "migrate takes a DOMAIN and a HOST");
        if (it.index < argc)
            operand[n++] = argv[it.index];
        argc -= it.index;
        argv += it.index;
        argv[0] = argc > 0 ? name : NULL;
    }
    o->request.domain = operand[0];
    o->request.host = operand[1];
    return -1;
}

/* Limits that can't be kept, or not both. -1: go on; or an exit code. */
static int check_limits(const struct migrate_options *o)
{
    const struct xlx_policy *p = &o->request.policy;

    if (p->min_remaining && o->downtime)
        return usage_error("migrate",
                           "--min-remaining takes the place of --downtime: "
                           "give one of them");
    if (p->max_pause_ms && p->max_pause_ms <= p->overhead_ms)
        return usage_error("migrate",
                           "no pause is as short as %u ms: the setting "
                           "overhead_ms says that %u ms of each are not for "
                           "memory; allow more, or correct that setting",
                           p->max_pause_ms, p->overhead_ms);
    return -1;
}

static int check_operands(const struct migrate_options *o,
                          const struct app *app)
{
    const struct move_request *rq = &o->request;

    if (!rq->domain || !*rq->domain || (rq->host && !*rq->host) ||
        (o->as_xl && !rq->host))
        return usage_error("migrate", "migrate takes a DOMAIN and a HOST");
    if (rq->hold_s && !rq->id)
        return usage_error("migrate", "--hold needs --id: it is for the moves "
                                      "of a run");
    if (rq->host && *rq->ssh_command && *rq->host == '-')
        return usage_error("migrate", "%s is no host", rq->host);
    if (!rq->host && !app->conf.hosts.n)
        return usage_error("migrate",
                           "migrate takes a HOST, unless %s names the "
                           "hosts to choose from",
                           app->conf_path);
    return -1;
}

int migrate_options(struct migrate_options *o, struct app *app,
                    const struct cmd *self, int argc, char **argv)
{
    struct move_request *rq = &o->request;
    int rc;

    *o = (struct migrate_options){
        .request = { .ssh_command = app->conf.ssh_command,
                     .conf = &app->conf,
                     .verbose = app->verbose,
                     .helper = path_helper() },
    };
    rq->patience_s = (unsigned)app->conf.patience_s;
    xlx_policy_init(&rq->policy);
    rq->policy.downtime_ms = (unsigned)app->conf.downtime_ms;
    rq->policy.max_pause_ms = (unsigned)app->conf.max_pause_ms;
    rq->policy.throttle = app->conf.throttle;
    rq->policy.leave_out = app->conf.leave_out;
    rq->policy.overhead_ms = (unsigned)app->conf.overhead_ms;
    rc = take_words(o, self, argc, argv);
    if (rc < 0)
        rc = check_operands(o, app);
    return rc >= 0 ? rc : check_limits(o);
}
