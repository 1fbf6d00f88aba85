/* SPDX-License-Identifier: LGPL-2.1-only */
/* rackhop claim: takes, lists and releases claims on this host's guests. */
#include "tools/cli/cmdtable.h"

#include <stdio.h>
#include <string.h>

#include "tools/base/uuid.h"
#include "tools/move/claim.h"
#include "tools/paths.h"
#include "tools/view/claimview.h"

/* RUN EXECUTOR UUID... */
static int claims_take(struct store *s, char **arg, int n)
{
    struct msg err = MSG_NONE;
    int rc = path_make(path_run());

    if (rc) {
        complain("%s: %s", path_run(), strerror(-rc));
        return RC_FAILED;
    }
    for (int i = 2; i < n; i++)
        if (claim_take_locked(s, path_run(), arg[i], arg[0], arg[1], &err)) {
            complain("%s can't be claimed: %s", arg[i], err.text);
            return RC_FAILED;
        }
    return RC_OK;
}

static int claim_show_text(void *arg, const char *uuid, const struct claim *c)
{
    claimview_text(uuid, c);
    return 0;
}

static int claim_show_json(void *arg, const char *uuid, const struct claim *c)
{
    claimview_json(uuid, c);
    return 0;
}

static int claim_give_back(void *store, const char *uuid,
                           const struct claim *c)
{
    return claim_release(store, uuid, c->run);
}

/* Of one run, or of all. */
static int claims_each(struct store *s, const char *run, claim_fn *fn)
{
    if (!claim_each(s, run, fn, s))
        return RC_OK;
    complain("%s", store_error(s));
    return RC_FAILED;
}

/* RUN [UUID...]; with --force UUID..., whichever run has claimed them */
static int claims_release(struct store *s, char **arg, int n, bool force)
{
    if (n == 1 && !force)
        return claims_each(s, arg[0], claim_give_back);
    for (int i = force ? 0 : 1; i < n; i++)
        if (claim_release(s, arg[i], force ? NULL : arg[0])) {
            complain("%s: %s", arg[i], store_error(s));
            return RC_FAILED;
        }
    return RC_OK;
}

static bool operands_ok(const char *verb, char **arg, int n, bool force)
{
    int uuids = !strcmp(verb, "take") ? 2 : force ? 0 : 1;

    if (!strcmp(verb, "list"))
        return n == 0;
    if (n < uuids || !n || (!force && !run_name_ok(arg[0])) ||
        (uuids == 2 && n < 3))
        return false;
    for (int i = uuids; i < n; i++)
        if (!uuid_ok(arg[i]))
            return false;
    return !strcmp(verb, "take") || !strcmp(verb, "release");
}

int cmd_claim(struct app *app, const struct cmd *self, int argc, char **argv)
{
    bool force = false, json = false;
    struct store *s = NULL;
    struct cmd_iter it;
    const char *verb;
    struct msg err;
    int opt, rc;

    verb = cmd_verb(&it, self, argc, argv, &rc);
    if (!verb)
        return rc;
    while ((opt = cmd_next(&it)) > 0) {
        force |= opt == OPT_FORCE;
        json |= opt == OPT_JSON;
    }
    if (opt)
        return cmd_iter_exit(opt);
    argv = it.argv + it.index;
    argc = it.argc - it.index;
    if (!operands_ok(verb, argv, argc, force))
        return usage_error("claim",
                           "claim takes take RUN HOST UUID.., release RUN "
                           "[UUID..], release --force UUID.., or list");
    if (store_open(&s, path_state(), &err)) {
        complain("%s", err.text);
        return RC_FAILED;
    }
    rc = !strcmp(verb, "take") ? claims_take(s, argv, argc)
         : !strcmp(verb, "release")
             ? claims_release(s, argv, argc, force)
             : claims_each(s, NULL, json ? claim_show_json : claim_show_text);
    store_close(s);
    return rc;
}
