/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop report: a plan before it is carried out, or a run, as a page. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/base/file.h"
#include "tools/base/msg.h"
#include "tools/cli/planning.h"
#include "tools/doc/report.h"
#include "tools/move/claim.h"
#include "tools/move/run_lock.h"
#include "tools/paths.h"
#include "tools/run/journal.h"
#include "tools/view/reportview.h"

struct report_request {
    struct app *app;
    const char *what; /* a run or a plan; NULL: the newest run */
    const char *html; /* a file, or "-" */
    const char *snapshot;
    bool json;
};

/* --- out ------------------------------------------------------------------------ */

static int report_page(const char *path, const struct report *r)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    int rc;

    if (f)
        reportview_html(f, r);
    if (!f || fclose(f))
        die_oom();
    if (!strcmp(path, "-"))
        rc = fwrite(text, 1, len, stdout) == len ? 0 : -EIO;
    else
        rc = file_replace(path, text, len);
    free(text);
    if (rc)
        complain("%s: the page could not be written: %s", path, strerror(-rc));
    return rc ? RC_FAILED : RC_OK;
}

static int report_show(const struct report_request *q, const struct report *r)
{
    struct json_out *o;

    if (q->html && report_page(q->html, r))
        return RC_FAILED;
    if (q->html && !strcmp(q->html, "-"))
        return RC_OK;
    if (!q->json) {
        reportview_text(stdout, r);
        return RC_OK;
    }
    o = json_out_new(stdout, true);
    if (!o)
        die_oom();
    report_write(o, r);
    return json_out_free(o) ? RC_FAILED : RC_OK;
}

/* --- in ------------------------------------------------------------------------- */

static int report_plan(const struct report_request *q,
                       const struct snapshot *s)
{
    struct report r;
    struct msg err;
    int rc = report_of_plan(&r, q->what, s, &err);

    if (rc) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    rc = report_show(q, &r);
    report_dispose(&r);
    return rc;
}

static int report_loaded(const struct report_request *q, const struct run *run,
                         const struct snapshot *s)
{
    struct report r;
    struct msg err;
    int rc;

    if (report_of_run(&r, run, run_alive(run->name), s, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = report_show(q, &r);
    report_dispose(&r);
    return rc;
}

static int report_run(const struct report_request *q, const struct snapshot *s)
{
    const char *name = q->what;
    struct store *store;
    char newest[80];
    struct msg err;
    struct run run;
    int rc = RC_FAILED;

    if (store_open(&store, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    if (!name && !journal_newest(store, true, newest, sizeof newest))
        name = newest;
    if (!name) {
        complain("no plan was carried out from this host; `rackhop report "
                 "PLAN` shows one before it is");
        rc = RC_USAGE;
    } else if (journal_load(store, name, &run, &err)) {
        complain("%s", err.text);
    } else {
        rc = report_loaded(q, &run, s);
        run_dispose(&run);
    }
    store_close(store);
    return rc;
}

static void report_problem(void *arg, const char *text)
{
    complain("%s: %s", (const char *)arg, text);
}

static int report_read_map(const struct report_request *q, struct snapshot *s)
{
    char name[200];
    struct snapshot_problems p = { report_problem, name };
    struct plan_settings set;
    struct msg err = MSG_NONE;

    snprintf(name, sizeof name, "%s", q->snapshot);
    planning_settings(&set, &q->app->conf);
    if (!snapshot_load(s, q->snapshot, &set, &p, &err))
        return RC_OK;
    if (*err.text)
        complain("%s", err.text);
    return RC_USAGE;
}

/* A run is named as runs are; everything else is a file. */
static int report_request_run(const struct report_request *q)
{
    struct snapshot s = { .cluster = NULL };
    const struct snapshot *map = q->snapshot ? &s : NULL;
    bool plan;
    int rc = q->snapshot ? report_read_map(q, &s) : RC_OK;

    if (rc)
        return rc;
    plan = q->what && (!run_name_ok(q->what) || !strcmp(q->what, "-") ||
                       !access(q->what, F_OK));
    rc = plan ? report_plan(q, map) : report_run(q, map);
    if (map)
        snapshot_dispose(&s);
    return rc;
}

int cmd_report(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct report_request q = { .app = app };
    struct cmd_iter it;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        switch (opt) {
        case OPT_HTML: q.html = it.arg; break;
        case OPT_SNAPSHOT: q.snapshot = it.arg; break;
        case OPT_JSON: q.json = true; break;
        }
    if (opt)
        return cmd_iter_exit(opt);
    if (argc - it.index > 1)
        return usage_error("report", "report takes one RUN or PLAN");
    if (q.html && !strcmp(q.html, "-") && q.json)
        return usage_error("report",
                           "--html - and --json both write to the output");
    q.what = argc > it.index ? argv[it.index] : NULL;
    return report_request_run(&q);
}
