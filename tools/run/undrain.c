/* SPDX-License-Identifier: LGPL-2.1-only */
/* Has hosts leave maintenance, and looks after those that refuse. */
#include "tools/run/undrain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/doc/mark.h"
#include "tools/exit.h"
#include "tools/paths.h"
#include "tools/run/roll_journal.h"

static const char *clear_args[] = { "maintenance", "clear", NULL };
static const char *force_args[] = { "maintenance", "clear", "--force", NULL };
static const char *show_args[] = { "maintenance", "show", "--json", NULL };

/* Those of the calls that were refused, to be asked something else. */
struct undrain_again {
    struct remote_call *call;
    size_t *of, n;
};

static int again_init(struct undrain_again *a, const struct remote_call *call,
                      size_t n, const char **args)
{
    *a = (struct undrain_again){ .call = calloc(n + 1, sizeof *a->call),
                                 .of = calloc(n + 1, sizeof *a->of) };
    if (!a->call || !a->of)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (call[i].rc == RC_FAILED) {
            a->of[a->n] = i;
            a->call[a->n++] =
                (struct remote_call){ .host = call[i].host, .args = args };
        }
    return 0;
}

static void again_dispose(struct undrain_again *a)
{
    if (a->call)
        remote_dispose(a->call, a->n);
    free(a->call);
    free(a->of);
}

/* What the host says now is what became of it. */
static void again_take(struct undrain_again *a, size_t i,
                       struct remote_call *call)
{
    struct remote_call *to = &call[a->of[i]];

    remote_dispose(to, 1);
    *to = a->call[i];
    a->call[i].out = NULL;
}

static int undrain_by_force(const struct remote *r, struct remote_call *call,
                            size_t n)
{
    struct undrain_again a;
    int rc = again_init(&a, call, n, force_args);

    if (!rc && a.n)
        rc = remote_each(r, a.call, a.n);
    /* an older rackhop has no such word, and has refused for another reason */
    for (size_t i = 0; !rc && i < a.n; i++)
        if (a.call[i].rc != RC_USAGE)
            again_take(&a, i, call);
    again_dispose(&a);
    return rc;
}

/* --- left from a roll ------------------------------------------------------ */

/* Does a roll of this host that has ended hold the host still? */
static bool undrain_is_left(struct store *s, const struct remote_call *shown,
                            struct maintenance *m)
{
    *m = (struct maintenance){ .held = false };
    if (shown->rc || !shown->out)
        return false;
    maintenance_parse(shown->out, m);
    return m->held && roll_has_ended(s, m->by);
}

/* One of this host, by its name, of which it has no record (any more) may still
 * be carried out from another host that is called the same. */
static bool undrain_is_lost(struct store *s, const struct maintenance *m)
{
    char here[sizeof m->executor] = "";

    return m->held && !gethostname(here, sizeof here - 1) &&
           !strcmp(here, m->executor) && roll_is_unknown(s, m->by);
}

static void undrain_tell_lost(struct remote_call *to,
                              const struct maintenance *m)
{
    snprintf(to->said, sizeof to->said,
             "%s works on this host, and %s has no record of it: if nobody "
             "carries it out any more, `rackhop undrain --force` takes it",
             m->by, m->executor);
}

static int undrain_left_one(const struct remote *r, struct store *s,
                            const struct remote_call *shown,
                            struct remote_call *to)
{
    struct maintenance m;
    const char *args[] = { "maintenance", "clear", m.by, NULL };
    struct remote_call call = { .host = to->host, .args = args };
    int rc;

    if (!undrain_is_left(s, shown, &m)) {
        if (undrain_is_lost(s, &m))
            undrain_tell_lost(to, &m);
        return 0;
    }
    rc = remote_each(r, &call, 1);
    if (rc)
        return rc;
    remote_dispose(to, 1);
    *to = call;
    to->args = clear_args;
    return 0;
}

static int undrain_left(const struct remote *r, struct remote_call *call,
                        size_t n)
{
    struct store *s = NULL;
    struct undrain_again a;
    struct msg ignored;
    int rc = again_init(&a, call, n, show_args);

    if (!rc && a.n && !store_open(&s, path_state(), &ignored))
        rc = remote_each(r, a.call, a.n);
    for (size_t i = 0; s && !rc && i < a.n; i++)
        rc = undrain_left_one(r, s, &a.call[i], &call[a.of[i]]);
    store_close(s);
    again_dispose(&a);
    return rc;
}

int undrain_hosts(const struct remote *r, struct remote_call *call, size_t n,
                  bool force)
{
    int rc;

    for (size_t i = 0; i < n; i++)
        call[i].args = clear_args;
    rc = remote_each(r, call, n);
    if (rc)
        return rc;
    return force ? undrain_by_force(r, call, n) : undrain_left(r, call, n);
}
