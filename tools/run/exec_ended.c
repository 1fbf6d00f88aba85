/* SPDX-License-Identifier: LGPL-2.1-only */
/*
 * Gives back the claims that ended runs of this host have left: the connection
 * was gone when they were released. The journal here knows that they ended.
 */
#include "tools/run/exec_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doc/mark.h"
#include "tools/move/claim.h"
#include "tools/run/journal.h"

/* Only what the journal says counts: a run that it does not have may be that
 * of another host of the same name. */
static bool has_ended(struct exec *e, const char *name)
{
    struct run *r = calloc(1, sizeof *r);
    struct msg ignored;
    bool ended = r && run_name_ok(name) && strcmp(name, e->run->name) &&
                 !journal_load(e->store, name, r, &ignored) &&
                 r->state == RUN_ENDED;

    if (r)
        run_dispose(r);
    free(r);
    return ended;
}

/* The ended runs among those that have claims: lines of `claim list`. */
static int list_ended(struct exec *e, char *lines, struct strlist *runs)
{
    char *save = NULL;
    int rc = 0;

    for (char *l = strtok_r(lines, "\n", &save); l && !rc;
         l = strtok_r(NULL, "\n", &save)) {
        struct claim c;

        if (!claim_parse(l, &c) && !strcmp(c.executor, e->run->executor) &&
            !strlist_has(runs, c.run) && has_ended(e, c.run))
            rc = strlist_add(runs, c.run);
    }
    return rc;
}

static bool give_back(struct exec *e, const char *host, const char *run)
{
    const char *args[] = { "claim", "release", run, NULL };
    struct remote_call call = { .host = host, .args = args };
    bool done = !remote_each(&e->remote, &call, 1) && !call.rc;

    remote_dispose(&call, 1);
    if (done)
        exec_say(e, EXEC_NOTE, PLAN_NONE,
                 "run %s, which has ended, still had claims on %s: they are "
                 "given back",
                 run, host);
    return done;
}

bool exec_free_ended(struct exec *e, const char *host)
{
    const char *args[] = { "claim", "list", "--json", NULL };
    struct remote_call call = { .host = host, .args = args };
    struct strlist runs = { .n = 0 };
    bool any = false;

    if (!remote_each(&e->remote, &call, 1) && !call.rc && call.out &&
        !list_ended(e, call.out, &runs))
        for (size_t i = 0; i < runs.n; i++)
            any |= give_back(e, host, runs.s[i]);
    remote_dispose(&call, 1);
    strlist_dispose(&runs);
    return any;
}
