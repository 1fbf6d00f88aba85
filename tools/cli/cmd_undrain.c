/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop undrain: hosts take guests again. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/planning.h"
#include "tools/doc/mark.h"
#include "tools/run/goal.h"
#include "tools/run/home.h"
#include "tools/run/undrain.h"
#include "tools/base/msg.h"
#include "tools/view/runview.h"
#include "tools/view/table.h"

/* Those whose home it is, and that a run of this host has moved away. */
static void undrain_tell_away(const struct homes *homes, const char *host)
{
    size_t n = 0;

    for (size_t i = 0; i < homes->n; i++)
        n += !strcmp(homes->home[i].host, host);
    if (n)
        /* by the records; the hosts are not asked for it */
        table_line(stdout, 4,
                   "%zu guest%s that %s moved off it may be "
                   "elsewhere: `rackhop home %s` brings %s back",
                   n, n == 1 ? "" : "s", n == 1 ? "was" : "were", host,
                   n == 1 ? "it" : "them");
}

static void undrain_tell(const struct undrain_row *row, size_t n)
{
    struct homes homes;
    struct msg err;

    if (homes_read_here(&homes, runview_note, NULL, &err))
        complain("%s", err.text);
    for (size_t i = 0; i < n; i++) {
        if (row[i].error) {
            complain("%s is still in maintenance: %s", row[i].host,
                     row[i].error);
            continue;
        }
        printf("%s takes guests again\n", row[i].host);
        undrain_tell_away(&homes, row[i].host);
    }
    homes_dispose(&homes);
}

static void undrain_json(const struct undrain_row *row, size_t n)
{
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    undrain_write(o, row, n);
    json_out_free(o);
}

/* A rackhop that does not say so is older; then it is taken for a change. */
static struct undrain_row undrain_row(const struct remote_call *call)
{
    bool already = call->out && strstr(call->out, "already");

    return (struct undrain_row){ .host = call->host,
                                 .changed = !call->rc && !already,
                                 .error = !call->rc     ? NULL
                                          : *call->said ? call->said
                                                        : "no answer" };
}

static int undrain_clear(struct app *app, const char **host, size_t n,
                         bool json, bool force)
{
    struct remote remote = { &app->conf, app->conf_path };
    struct remote_call *call = calloc(n + 1, sizeof *call);
    struct undrain_row *row = calloc(n + 1, sizeof *row);
    size_t failed = 0;

    if (!call || !row)
        die_oom();
    for (size_t i = 0; i < n; i++)
        call[i] = (struct remote_call){ .host = host[i] };
    if (undrain_hosts(&remote, call, n, force))
        die_oom();
    for (size_t i = 0; i < n; i++) {
        row[i] = undrain_row(&call[i]);
        failed += row[i].error != NULL;
    }
    if (json)
        undrain_json(row, n);
    else
        undrain_tell(row, n);
    remote_dispose(call, n);
    free(call);
    free(row);
    return !failed ? RC_OK : failed < n ? RC_PARTLY : RC_FAILED;
}

/* The hosts that racks stand for, from a snapshot: 0, or an exit code with the
 * reason printed. */
static int undrain_resolve(struct planning *p, const char ***host_r,
                           size_t *n_r)
{
    uint32_t *index = NULL;
    const char **host;
    struct msg err;
    int rc = planning_load(p), n;

    if (rc)
        return rc;
    n = goal_hosts(p->snap.cluster, p->operand, p->operands, &index, &err);
    if (n == -ENOMEM)
        die_oom();
    if (n < 0) {
        complain("%s", err.text);
        return RC_USAGE;
    }
    host = calloc((size_t)n + 1, sizeof *host);
    if (!host)
        die_oom();
    for (int i = 0; i < n; i++)
        host[i] = plan_host_name(p->snap.cluster, index[i]);
    free(index);
    *host_r = host;
    *n_r = (size_t)n;
    return 0;
}

/* Names of racks need the map; names of hosts only the configuration. */
static int undrain_select(struct planning *p, const char ***host_r,
                          size_t *n_r)
{
    const char **host;

    for (int i = 0; i < p->operands; i++)
        if (!strncmp(p->operand[i], "rack:", 5))
            return undrain_resolve(p, host_r, n_r);
    host = calloc((size_t)p->operands + 1, sizeof *host);
    if (!host)
        die_oom();
    for (int i = 0; i < p->operands; i++)
        host[i] = p->operand[i];
    *host_r = host;
    *n_r = (size_t)p->operands;
    return 0;
}

static int undrain(struct planning *p)
{
    const char **host = NULL;
    size_t n = 0;
    int rc = undrain_select(p, &host, &n);

    if (!rc && !p->app->conf.hosts.n) {
        complain("%s", config_no_hosts);
        rc = RC_USAGE;
    }

    for (size_t i = 0; !rc && i < n; i++)
        if (!remote_address(&p->app->conf, host[i])) {
            complain("the configuration has no host %s", host[i]);
            rc = RC_USAGE;
        }
    if (!rc)
        rc = undrain_clear(p->app, host, n, p->json, p->force);
    free(host);
    return rc;
}

int cmd_undrain(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct planning p;
    int rc = planning_args(&p, app, self, argc, argv);

    if (!rc && !p.operands)
        rc = usage_error("undrain", "undrain takes HOST... or rack:NAME...");
    if (!rc)
        rc = undrain(&p);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}
