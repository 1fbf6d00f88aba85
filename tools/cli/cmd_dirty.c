/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop dirty: measures a guest's dirtying curve now, and keeps what it
 * finds for the next plan.
 */
#include "tools/cli/cmdtable.h"

#include <signal.h>
#include <stdlib.h>

#include "tools/log.h"
#include "tools/move/dirty_measure.h"
#include "tools/paths.h"
#include "tools/signals.h"
#include "tools/view/dirtyview.h"

static volatile sig_atomic_t dirty_cancels;

/* "100,200,500" in ms: ascending. The number of them, or -1. */
static int parse_intervals(const char *s, uint64_t *us)
{
    int n = 0;

    for (;;) {
        char *end;
        unsigned long ms = strtoul(s, &end, 10);

        if (end == s || ms < 1 || ms > 600000 || n == XLX_DIRTY_POINTS ||
            (n && ms * 1000 <= us[n - 1]) || (*end && *end != ',')) {
            complain("--intervals takes up to %d ascending numbers of "
                     "milliseconds, as 100,200,500, not %s",
                     XLX_DIRTY_POINTS, s);
            return -1;
        }
        us[n++] = ms * 1000;
        if (!*end)
            return n;
        s = end + 1;
    }
}

static int dirty_run(struct app *app, struct dirty_request *rq, bool json)
{
    struct xentoollog_logger *lg = log_new(app->verbose);
    struct dirty_result r;
    struct msg err = MSG_NONE;
    sigset_t wait_mask;
    int rc;

    if (!lg)
        die_oom();
    /* the sampler looks at the count between short waits */
    signals_count(&dirty_cancels, &dirty_cancels, &wait_mask);
    sigprocmask(SIG_SETMASK, &wait_mask, NULL);
    rq->log = lg;
    rq->cancels = &dirty_cancels;
    rc = dirty_measure(rq, &r, &err);
    if (rc)
        complain("%s can't be measured: %s", rq->domain, err.text);
    else if (r.unkept)
        complain("what was measured could not be kept below %s", path_state());
    if (!rc && json)
        rc = dirtyview_json(&r);
    else if (!rc)
        dirtyview_text(&r, app->tty);
    dirty_result_dispose(&r);
    log_free(lg);
    return rc ? RC_FAILED : RC_OK;
}

int cmd_dirty(struct app *app, const struct cmd *self, int argc, char **argv)
{
    uint64_t us[XLX_DIRTY_POINTS] = { 100000,  200000,  500000, 1000000,
                                      2000000, 3000000, 5000000 };
    struct dirty_request rq = { .times_us = us };
    struct cmd_iter it;
    bool json = false;
    int opt, n = 7;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0) {
        switch (opt) {
        case OPT_JSON: json = true; break;
        case OPT_INTERVALS:
            n = parse_intervals(it.arg, us);
            if (n < 0)
                return RC_USAGE;
            break;
        }
    }
    if (opt)
        return cmd_iter_exit(opt);
    if (argc - it.index != 1)
        return usage_error("dirty", "dirty takes one DOMAIN");
    rq.domain = argv[it.index];
    rq.n = (unsigned)n;
    return dirty_run(app, &rq, json);
}
