/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop samples: shows what the agent of this host, or another's, has sampled. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tools/base/msg.h"
#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/cluster/samples_ask.h"
#include "tools/cluster/talks_file.h"
#include "tools/paths.h"
#include "tools/series/files.h"
#include "tools/series/query.h"
#include "tools/view/runview.h"
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

/* Which guest of this host; *uuid "": it has kept none of that name. 0, or an
 * exit code. */
static int samples_here(const char *guest, char uuid[40])
{
    int rc = series_find(path_state(), guest, uuid);

    if (!rc)
        return RC_OK;
    *uuid = '\0';
    if (rc == -ENOENT)
        return RC_OK;
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

struct asked {
    struct app *app;
    const char *operand; /* NULL: this host */
    long since;
    bool json, here;
};

static int samples_show(const struct asked *a, const struct samples *s)
{
    if (a->json)
        return samplesview_json(s) ? RC_FAILED : RC_OK;
    samplesview_text(s, samplesview_blocks(),
                     a->app->tty ? terminal_columns() : 100);
    return RC_OK;
}

/* Of this host; uuid NULL: of no guest. */
static int samples_own(const struct asked *a, const char *uuid)
{
    struct query q = { .statedir = path_state(),
                       .uuid = uuid,
                       .now = (uint64_t)time(NULL),
                       .since_s = (uint64_t)a->since };
    struct msg err = MSG_NONE;
    struct samples s;
    int rc = query_samples(&q, &s, &err);

    if (rc == -ENOENT)
        complain("there are no samples of this host; is the service "
                 "rackhop-agent started?");
    else if (rc)
        complain("%s", err.text);
    if (rc)
        return RC_FAILED;
    rc = samples_show(a, &s);
    if (!uuid && !a->json)
        samples_talks(q.statedir);
    samples_dispose(&s);
    return rc;
}

static int samples_none(const char *guest)
{
    complain("there are no samples of %s on this host; they are where it "
             "ran, if `rackhop agent` runs there",
             guest);
    return RC_FAILED;
}

static int samples_of(const struct asked *a, const struct samples_ask *ask)
{
    const struct remote r = { &a->app->conf, a->app->conf_path };
    struct msg err = MSG_NONE;
    struct samples s;
    int rc;

    if (samples_fetch(&r, ask, &s, &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = samples_show(a, &s);
    samples_dispose(&s);
    return rc;
}

/* Of a guest that this host has, or had. */
static int samples_guest(const struct asked *a, const char *guest)
{
    char uuid[40];
    int code = samples_here(guest, uuid);

    if (code)
        return code;
    return *uuid ? samples_own(a, uuid) : samples_none(guest);
}

/* Of a guest or a host that is not here. */
static int samples_elsewhere(const struct asked *a)
{
    const struct config *conf = &a->app->conf;
    struct take t = { .conf = conf,
                      .timeout_ms = planning_wait_s(a->app) * 1000,
                      .note = runview_note };
    struct samples_ask ask = { .since_s = a->since };
    struct msg err = MSG_NONE;

    if (!samples_names_host(conf, a->operand, &ask)) {
        if (!conf->hosts.n)
            return samples_none(a->operand);
        if (samples_find_guest(&t, a->operand, &ask, &err)) {
            complain("%s", err.text);
            return RC_FAILED;
        }
    }
    /* what is kept here was looked for already, but for GUEST@HOST */
    return is_this_host(ask.host) ? samples_guest(a, ask.guest)
                                  : samples_of(a, &ask);
}

static int samples_run(const struct asked *a)
{
    char uuid[40];
    int code;

    if (!a->operand || is_this_host(a->operand))
        return samples_own(a, NULL);
    if (a->here)
        return samples_guest(a, a->operand);
    code = samples_here(a->operand, uuid);
    if (code)
        return code;
    return *uuid ? samples_own(a, uuid) : samples_elsewhere(a);
}

int cmd_samples(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct asked a = { .app = app, .since = SINCE };
    struct cmd_iter it;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0) {
        switch (opt) {
        case OPT_JSON: a.json = true; break;
        case OPT_HERE: a.here = true; break;
        case OPT_SINCE:
            a.since = parse_since(it.arg);
            if (a.since < 0)
                return RC_USAGE;
            break;
        }
    }
    if (opt)
        return cmd_iter_exit(opt);
    if (argc - it.index > 1)
        return usage_error("samples", "samples takes one GUEST or HOST");
    a.operand = argv[it.index];
    return samples_run(&a);
}
