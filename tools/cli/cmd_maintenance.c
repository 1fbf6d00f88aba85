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
static int maintenance_free(const char *by, bool force, struct msg *err)
{
    struct msg why;

    if (hook_none_runs(path_state(), NULL, &why) != -EBUSY)
        return maintenance_clear(path_state(), by, force, err);
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
        printf("in maintenance since %s (%s%s%s%s)\n", m->since, m->by,
               m->held && *m->executor ? " of " : "",
               m->held ? m->executor : "",
               m->held ? ", which works on it" : "");
    else
        printf("%s%s\n", is ? "in maintenance" : "takes guests",
               show || is != was ? "" : " already");
}

struct maintenance_ask {
    const char *verb, *by, *executor;
    bool json, force;
};

static int maintenance_change(const struct maintenance_ask *q, struct msg *err)
{
    if (!strcmp(q->verb, "set"))
        return maintenance_set(path_state(), q->by ? q->by : "hand", err);
    if (!strcmp(q->verb, "hold"))
        return maintenance_hold(path_state(), q->by, q->executor, err);
    if (!strcmp(q->verb, "release"))
        return maintenance_release(path_state(), q->by, err);
    if (!strcmp(q->verb, "clear"))
        return maintenance_free(q->by, q->force, err);
    return 0;
}

/* Does it, and tells what it is then, and whether that is news. */
static int maintenance_do(const struct maintenance_ask *q, struct msg *err)
{
    struct maintenance m;
    int was = maintenance_get(path_state(), &m, err), is = was, rc;

    if (was < 0)
        return was;
    rc = maintenance_change(q, err);
    if (!rc)
        is = maintenance_get(path_state(), &m, err);
    if (rc || is < 0)
        return rc ? rc : is;
    if (q->json)
        return maintenance_put(is ? &m : NULL, is != was);
    maintenance_say(is, was, &m, !strcmp(q->verb, "show"));
    return 0;
}

static const struct maintenance_verb {
    const char *verb;
    int least, most; /* operands */
} verbs[] = {
    { "set", 0, 1 },   { "hold", 2, 2 }, { "release", 1, 1 },
    { "clear", 0, 1 }, { "show", 0, 0 },
};

static bool maintenance_args(int argc, char **argv, struct maintenance_ask *q)
{
    for (size_t i = 0; argc && i < sizeof verbs / sizeof *verbs; i++) {
        const struct maintenance_verb *v = &verbs[i];

        if (strcmp(argv[0], v->verb) || argc - 1 < v->least ||
            argc - 1 > v->most)
            continue;
        q->verb = v->verb;
        q->by = argc > 1 ? argv[1] : NULL;
        q->executor = argc > 2 ? argv[2] : NULL;
        return true;
    }
    return false;
}

int cmd_maintenance(struct app *app, const struct cmd *self, int argc,
                    char **argv)
{
    struct maintenance_ask q = { .json = false };
    struct msg err = MSG_NONE;
    struct cmd_iter it;
    int opt;

    cmd_iter_init(&it, self, argc, argv);
    while ((opt = cmd_next(&it)) > 0) {
        q.json |= opt == OPT_JSON;
        q.force |= opt == OPT_FORCE;
    }
    if (opt)
        return cmd_iter_exit(opt);
    if (!maintenance_args(argc - it.index, argv + it.index, &q))
        return usage_error("maintenance",
                           "maintenance takes set [BY], hold BY HOST, release "
                           "BY, clear [BY] or show");
    if (!maintenance_do(&q, &err))
        return RC_OK;
    complain("%s", err.text);
    return RC_FAILED;
}
