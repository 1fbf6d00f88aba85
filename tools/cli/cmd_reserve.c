/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * rackhop reserve: takes, renews, lists and releases what runs have reserved
 * on this host. Executors call it; administrators read the list.
 */
#include "tools/cli/cmdtable.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/move/claim.h"
#include "tools/move/maintenance.h"
#include "tools/move/reserve.h"
#include "tools/move/reserve_ask.h"
#include "tools/paths.h"
#include "tools/view/reserveview.h"

/* RUN EXECUTOR WORD... An exit code: RC_PARTLY, when another run was faster. */
static int reserve_do_take(struct store *s, char **arg, int n)
{
    struct reserve_ask a;
    struct msg err = MSG_NONE;
    int rc = reserve_ask_parse(&a, arg, (size_t)n), code;

    if (rc == -ENOMEM)
        die_oom();
    if (!rc && a.r.rows && maintenance_check(path_state(), &err)) {
        complain("%s", err.text); /* since the run looked */
        code = RC_PARTLY;
    } else if (rc) {
        code = usage_error("reserve", "a row is UUID=MIB[@FROM:MBPS], "
                                      "seen=RUN@STAMP or dead=RUN@STAMP");
    } else {
        rc = reserve_take(s, &a.r, a.seen, a.seen_n, &err);
        code = rc == -ESTALE ? RC_PARTLY : rc ? RC_FAILED : RC_OK;
        if (rc)
            complain("memory can't be reserved: %s", err.text);
    }
    reserve_ask_dispose(&a);
    return code;
}

static int reserve_show(struct store *s, bool json)
{
    struct reservation *list;
    size_t n;
    int rc = reserve_list(s, &list, &n);

    for (size_t i = 0; i < n && !rc; i++)
        if (json)
            reserveview_json(&list[i]);
        else
            reserveview_text(&list[i]);
    reserve_list_free(list, n);
    return rc;
}

static int reserve_verb(struct store *s, const char *verb, char **arg, int n,
                        bool json)
{
    int rc;

    if (!strcmp(verb, "take"))
        return reserve_do_take(s, arg, n);
    rc = !strcmp(verb, "renew")     ? reserve_renew(s, arg[0])
         : !strcmp(verb, "release") ? reserve_release(s, arg[0])
                                    : reserve_show(s, json);
    if (!rc)
        return RC_OK;
    if (rc == -ENOENT)
        complain("run %s has nothing reserved here", arg[0]);
    else
        complain("%s", store_error(s));
    return RC_FAILED;
}

static bool operands_ok(const char *verb, char **arg, int n)
{
    if (!strcmp(verb, "list"))
        return n == 0;
    if (n < 1 || !run_name_ok(arg[0]))
        return false;
    if (!strcmp(verb, "take"))
        return n >= 2;
    return n == 1 && (!strcmp(verb, "renew") || !strcmp(verb, "release"));
}

int cmd_reserve(struct app *app, const struct cmd *self, int argc, char **argv)
{
    struct store *s = NULL;
    struct cmd_iter it;
    const char *verb;
    bool json = false;
    struct msg err;
    int opt, rc;

    verb = cmd_verb(&it, self, argc, argv, &rc);
    if (!verb)
        return rc;
    while ((opt = cmd_next(&it)) > 0)
        json |= opt == OPT_JSON;
    if (opt)
        return cmd_iter_exit(opt);
    argv = it.argv + it.index;
    argc = it.argc - it.index;
    if (!operands_ok(verb, argv, argc))
        return usage_error("reserve", "reserve takes take RUN HOST [ROW..], "
                                      "renew RUN, release RUN, or list");
    if (store_open(&s, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = reserve_verb(s, verb, argv, argc, json);
    store_close(s);
    return rc;
}
