/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop maintenance: the mark on this host, which drain and undrain set. */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/base/msg.h"
#include "tools/cli/cmd.h"
#include "tools/doc/mark.h"
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

static int maintenance_put(const struct maintenance *m, bool changed)
{
    struct json_out *o = json_out_new(stdout, true);

    if (!o)
        die_oom();
    maintenance_write(o, m, changed);
    return json_out_free(o);
}

/* Executors and `undrain` look for "already". */
static void maintenance_say(bool is, bool was, const struct maintenance *m,
                            bool show)
{
    if (show && is)
        printf("in maintenance since %s (%s)\n", m->since, m->by);
    else
        printf("%s%s\n", is ? "in maintenance" : "takes guests",
               show || is != was ? "" : " already");
}

/* Does it, and tells what it is then, and whether that is news. */
static int maintenance_do(const char *verb, const char *by, bool json,
                          struct msg *err)
{
    struct maintenance m;
    int was = maintenance_get(path_state(), &m, err), is = was, rc = 0;

    if (was < 0)
        return was;
    if (!strcmp(verb, "set"))
        rc = maintenance_set(path_state(), by, err);
    else if (!strcmp(verb, "clear"))
        rc = maintenance_free(err);
    if (!rc)
        is = maintenance_get(path_state(), &m, err);
    if (rc || is < 0)
        return rc ? rc : is;
    if (json)
        return maintenance_put(is ? &m : NULL, is != was);
    maintenance_say(is, was, &m, !strcmp(verb, "show"));
    return 0;
}

static bool maintenance_args_ok(int argc, char **argv)
{
    return (argc && argc <= 2 && !strcmp(argv[0], "set")) ||
           (argc == 1 &&
            (!strcmp(argv[0], "clear") || !strcmp(argv[0], "show")));
}

int cmd_maintenance(struct app *app, const struct cmd *self, int argc,
                    char **argv)
{
    struct msg err = MSG_NONE;
    struct cmd_iter it;
    bool json = false;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0)
        json |= opt == OPT_JSON;
    if (opt)
        return cmd_iter_exit(opt);
    argv += it.index;
    argc -= it.index;
    if (!maintenance_args_ok(argc, argv))
        return usage_error("maintenance",
                           "maintenance takes set [BY], clear or show");
    if (!maintenance_do(argv[0], argc == 2 ? argv[1] : "hand", json, &err))
        return RC_OK;
    complain("%s", err.text);
    return RC_FAILED;
}
