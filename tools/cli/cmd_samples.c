/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop samples: shows what the agent of this host has sampled. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/msg.h"
#include "tools/cluster/talks_file.h"
#include "tools/paths.h"
#include "tools/series/files.h"
#include "tools/series/query.h"
#include "tools/view/samplesview.h"
#include "tools/view/terminal.h"

enum { SINCE = 600, SINCE_MOST = 60 };

/* "90s", "10m", "3h", "60d": seconds, or -1 after saying what is wrong. */
static long parse_since(const char *text)
{
    static const struct {
        char letter;
        long seconds;
    } unit[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
    char *end;
    long n = strtol(text, &end, 10);

    for (size_t i = 0; i < sizeof unit / sizeof unit[0]; i++)
        if (end != text && *end == unit[i].letter && !end[1] && n > 0 &&
            n <= SINCE_MOST * 86400L / unit[i].seconds &&
            n * unit[i].seconds >= 10)
            return n * unit[i].seconds;
    complain("--since takes 10s to %dd, as 90s, 10m, 3h or 7d, not %s",
             SINCE_MOST, text);
    return -1;
}

static bool is_this_host(const char *name)
{
    char node[65] = "";

    return !gethostname(node, sizeof node - 1) && !strcmp(node, name);
}

/* Whose samples: NULL is this host. 0, or an exit code. */
static int samples_whose(const char *operand, char uuid[40],
                         const char **uuid_r)
{
    int rc;

    *uuid_r = NULL;
    if (!operand || is_this_host(operand))
        return RC_OK;
    rc = series_find(path_state(), operand, uuid);
    if (!rc) {
        *uuid_r = uuid;
        return RC_OK;
    }
    if (rc == -ENOENT)
        complain("there are no samples of %s on this host; they are where it "
                 "ran, if `rackhop agent` runs there",
                 operand);
    else
        complain("the samples below %s can't be read: %s", path_state(),
                 strerror(-rc));
    return RC_FAILED;
}

static void samples_talks(const char *statedir)
{
    struct talks t;

    if (talks_file_read(&t, statedir))
        samplesview_talks(&t);
    talks_dispose(&t);
}

static int samples_run(struct app *app, const char *operand, long since,
                       bool json)
{
    struct query q = { .statedir = path_state(),
                       .now = (uint64_t)time(NULL),
                       .since_s = (uint64_t)since };
    struct msg err = MSG_NONE;
    struct samples s;
    char uuid[40];
    int code = samples_whose(operand, uuid, &q.uuid), rc;

    if (code)
        return code;
    rc = query_samples(&q, &s, &err);
    if (rc == -ENOENT)
        complain("there are no samples of this host; is the service "
                 "rackhop-agent started?");
    else if (rc)
        complain("%s", err.text);
    if (rc)
        return RC_FAILED;
    if (json) {
        rc = samplesview_json(&s);
    } else {
        samplesview_text(&s, samplesview_blocks(),
                         app->tty ? terminal_columns() : 100);
        if (!q.uuid)
            samples_talks(q.statedir);
    }
    samples_dispose(&s);
    return rc ? RC_FAILED : RC_OK;
}

int cmd_samples(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct cmd_iter it;
    bool json = false;
    long since = SINCE;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0) {
        switch (opt) {
        case OPT_JSON: json = true; break;
        case OPT_SINCE:
            since = parse_since(it.arg);
            if (since < 0)
                return RC_USAGE;
            break;
        }
    }
    if (opt)
        return cmd_iter_exit(opt);
    if (argc - it.index > 1)
        return usage_error("samples", "samples takes one GUEST or HOST");
    return samples_run(app, argv[it.index], since, json);
}
