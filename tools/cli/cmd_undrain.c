/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop undrain: hosts take guests again; and the mark on this host. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cli/cmd.h"
#include "tools/cli/goals.h"
#include "tools/move/maintenance.h"
#include "tools/paths.h"
#include "tools/remote/remote.h"
#include "tools/base/msg.h"

static int clear_marks(struct app *app, const char **host, size_t n)
{
    static const char *args[] = { "maintenance", "clear", NULL };
    struct remote remote = { &app->conf, app->conf_path };
    struct remote_call *call = calloc(n + 1, sizeof *call);
    size_t failed = 0;

    if (!call)
        die_oom();
    for (size_t i = 0; i < n; i++)
        call[i] = (struct remote_call){ .host = host[i], .args = args };
    if (remote_each(&remote, call, n))
        die_oom();
    for (size_t i = 0; i < n; i++) {
        if (!call[i].rc) {
            printf("%s takes guests again\n", host[i]);
            continue;
        }
        failed++;
        complain("%s is still in maintenance: %s", host[i],
                 *call[i].said ? call[i].said : "no answer");
    }
    remote_dispose(call, n);
    free(call);
    return !failed ? RC_OK : failed < n ? RC_PARTLY : RC_FAILED;
}

/* Names of racks need the map; names of hosts only the configuration. */
static int select_and_clear(struct planning *p)
{
    const char **host = calloc((size_t)p->operands + 1, sizeof *host);
    uint32_t *index = NULL;
    int n = p->operands, rc = 0;
    bool racks = false;

    if (!host)
        die_oom();
    for (int i = 0; i < n; i++) {
        host[i] = p->operand[i];
        racks |= !strncmp(host[i], "rack:", 5);
    }
    if (racks) {
        rc = planning_load(p);
        n = rc ? 0 : goal_operands(p, p->operand, p->operands, &index);
        if (!rc && n < 0)
            rc = RC_USAGE;
        free(host);
        host = calloc((size_t)(n > 0 ? n : 0) + 1, sizeof *host);
        if (!host)
            die_oom();
        for (int i = 0; i < n; i++)
            host[i] = plan_host_name(p->snap.cluster, index[i]);
    }
    for (int i = 0; !rc && i < n; i++)
        if (!remote_address(&p->app->conf, host[i])) {
            complain("the configuration has no host %s", host[i]);
            rc = RC_USAGE;
        }
    if (!rc)
        rc = clear_marks(p->app, host, (size_t)n);
    free(index);
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
        rc = select_and_clear(&p);
    planning_dispose(&p);
    return rc < 0 ? RC_OK : rc;
}

/* What drain and undrain start on the host itself. */
int cmd_maintenance(struct app *app, const struct cmd *self, int argc,
                    char **argv)
{
    struct maintenance m;
    struct cmd_iter it;
    struct msg err;
    int opt, rc = -1;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        ;
    if (opt)
        return cmd_iter_exit(opt);
    argv += it.index;
    argc -= it.index;
    if (argc && !strcmp(argv[0], "set") && argc <= 2) {
        rc = maintenance_set(path_state(), argc == 2 ? argv[1] : "hand", &err);
    } else if (argc == 1 && !strcmp(argv[0], "clear")) {
        rc = maintenance_clear(path_state(), &err);
    } else if (argc == 1 && !strcmp(argv[0], "show")) {
        rc = maintenance_get(path_state(), &m, &err);
        if (rc > 0)
            printf("in maintenance since %s (%s)\n", m.since, m.by);
        else if (!rc)
            puts("takes guests");
        rc = rc < 0 ? rc : 0;
    } else {
        return usage_error("maintenance",
                           "maintenance takes set [BY], clear or show");
    }
    if (rc)
        complain("%s", err.text);
    return rc ? RC_FAILED : RC_OK;
}
