/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop maintenance: the mark on this host, which drain and undrain set. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/msg.h"
#include "tools/cli/cmd.h"
#include "tools/move/hook.h"
#include "tools/move/maintenance.h"
#include "tools/paths.h"

/* The host may be about to boot while a hook runs. */
static int maintenance_free(struct msg *err)
{
    struct msg why;

    if (hook_none_runs(path_state(), NULL, &why) != -EBUSY)
        return maintenance_clear(path_state(), err);
    msg_set(err,
            "this host stays in maintenance while it is worked on: %s; "
            "`rackhop hook show` shows it",
            why.text);
    return -EBUSY;
}

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
        rc = maintenance_free(&err);
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
