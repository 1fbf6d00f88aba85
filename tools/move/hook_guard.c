/* SPDX-License-Identifier: LGPL-2.1-only */
/* Refuses the hook of a roll on a host that is in use, or is not as it was when
 * the roll looked at it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libxl-ext/domain.h"
#include "tools/boot.h"
#include "tools/log.h"
#include "tools/move/hook.h"
#include "tools/move/maintenance.h"

/* --- other hooks ------------------------------------------------------------ */

struct hook_other {
    const char *but;
    char id[HOOK_ID + 1]; /* of one that runs; "": none */
};

static int hook_other_runs(void *arg, const struct hook_record *r)
{
    struct hook_other *o = arg;

    if (r->state == HOOK_RUNNING && (!o->but || strcmp(r->id, o->but)))
        snprintf(o->id, sizeof o->id, "%s", r->id);
    return 0;
}

int hook_none_runs(const char *statedir, const char *but, struct msg *err)
{
    struct hook_other o = { .but = but };
    int rc = hook_each(statedir, NULL, hook_other_runs, &o, err);

    if (rc || !*o.id)
        return rc;
    msg_set(err, "hook %s runs on this host", o.id);
    return -EBUSY;
}

/* --- the host ----------------------------------------------------------------- */

/* Ids of hooks begin with the name of their roll. */
static bool guard_is_of(const char *id, const char *roll)
{
    size_t n = strlen(roll);

    return !strncmp(id, roll, n) && id[n] == '.';
}

static int guard_mark(const struct hook_guard *g, struct msg *err)
{
    struct maintenance m;
    int rc = maintenance_get(g->statedir, &m, err);

    if (!rc)
        msg_set(err, "this host is not in maintenance, or not any more");
    if (rc > 0 && m.held && !guard_is_of(g->id, m.by)) {
        msg_set(err, "%s works on this host", m.by);
        return -EPERM;
    }
    return rc > 0 ? 0 : rc ? rc : -EPERM;
}

static int guard_boot(const struct hook_guard *g, struct msg *err)
{
    char boot[BOOT_ID];
    int rc = g->boot ? boot_id(boot) : 0;

    if (!g->boot || (!rc && !strcmp(boot, g->boot)))
        return 0;
    msg_set(err, "this host was booted before its hook began");
    return rc ? rc : -ESTALE;
}

static int guard_guests(struct msg *err)
{
    struct xlx_domain *list = NULL;
    struct xentoollog_logger *lg = log_new(0);
    struct xlx *x = NULL;
    unsigned n = 0;
    int rc = lg ? xlx_open(&x, lg, err) : -ENOMEM;

    if (!lg)
        msg_set(err, "no memory");
    if (!rc) {
        rc = xlx_domain_list(x, &list, &n);
        if (rc)
            msg_set(err, "guests can't be listed: %s", strerror(-rc));
    }
    for (unsigned i = 0; i < n && !rc; i++)
        if (!list[i].dying) {
            msg_set(err, "guest %s is on this host",
                    list[i].name ? list[i].name : list[i].uuid);
            rc = -EBUSY;
        }
    xlx_domain_list_free(list, n);
    xlx_close(x);
    log_free(lg);
    return rc;
}

int hook_guard(void *guard, struct msg *err)
{
    const struct hook_guard *g = guard;
    int rc = guard_mark(g, err);

    if (!rc)
        rc = guard_boot(g, err);
    if (!rc)
        rc = hook_none_runs(g->statedir, g->id, err);
    return rc ? rc : guard_guests(err);
}
