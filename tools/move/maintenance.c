/* SPDX-License-Identifier: LGPL-2.1-only */
/* Sets, reads and clears the maintenance mark of this host. */
#include "tools/move/maintenance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/store/store.h"
#include "tools/base/msg.h"

#define KEY "maintenance"

int maintenance_get(const char *statedir, struct maintenance *m,
                    struct msg *err)
{
    struct store *s = NULL;
    char *text = NULL;
    struct msg why;
    int rc;

    *m = (struct maintenance){ .by = "?", .since = "?" };
    rc = store_open_if_there(&s, statedir, &why);
    if (rc)
        msg_set(err,
                "rackhop can't read whether this host is in maintenance: %s",
                why.text);
    if (!s)
        return rc;
    rc = store_get(s, KEY, &text, NULL);
    if (!rc) {
        maintenance_parse(text, m);
        rc = 1;
    } else if (rc == -ENOENT) {
        rc = 0;
    } else {
        msg_set(err,
                "rackhop can't read whether this host is in maintenance: %s",
                store_error(s));
    }
    free(text);
    store_close(s);
    return rc;
}

/* --- changed ---------------------------------------------------------------- */

/* What becomes of the mark. */
struct mark_change {
    /* 0; 1: it is so already; or a negative errno and a sentence in err.
     * is: there is a mark, and it is *m; it becomes what the two say then. */
    int (*fn)(const struct mark_change *c, struct maintenance *m, bool *is,
              struct msg *err);
    const char *by, *executor;
    bool force;
};

static int mark_put(struct store *s, const struct maintenance *m, bool is,
                    uint64_t rev)
{
    char *text = is ? maintenance_format(m) : NULL;
    int rc = is && !text ? -ENOMEM : store_cas(s, KEY, rev, text, NULL);

    free(text);
    return rc;
}

static int mark_try(struct store *s, const struct mark_change *c,
                    struct msg *err)
{
    struct maintenance m = { .by = "?", .since = "?" };
    uint64_t rev = 0;
    char *text = NULL;
    int rc = store_get(s, KEY, &text, &rev);
    bool is = !rc;

    if (rc && rc != -ENOENT) {
        msg_set(err, "the maintenance of this host can't be read: %s",
                store_error(s));
        return rc;
    }
    if (is)
        maintenance_parse(text, &m);
    free(text);
    rc = c->fn(c, &m, &is, err);
    if (rc)
        return rc > 0 ? 0 : rc;
    rc = mark_put(s, &m, is, rev);
    if (rc)
        msg_set(err, "the maintenance of this host can't be recorded: %s",
                rc == -ENOMEM ? "no memory" : store_error(s));
    return rc;
}

static int mark_change(const char *statedir, const struct mark_change *c,
                       struct msg *err)
{
    struct store *s = NULL;
    int rc = store_open(&s, statedir, err);

    if (rc)
        return rc;
    do { /* again, where another was faster */
        rc = mark_try(s, c, err);
    } while (rc == -ESTALE);
    store_close(s);
    return rc;
}

/* Has somebody else the mark to himself? by: NULL, nobody in particular. */
static int mark_refuses(const struct maintenance *m, const char *by,
                        struct msg *err)
{
    if (!m->held || (by && !strcmp(m->by, by)))
        return 0;
    msg_set(err,
            "%s%s%s works on this host, and keeps it in maintenance until "
            "it is done (or `rackhop undrain --force`)",
            m->by, *m->executor ? " of " : "", m->executor);
    return -EPERM;
}

static int change_set(const struct mark_change *c, struct maintenance *m,
                      bool *is, struct msg *err)
{
    if (*is)
        return mark_refuses(m, c->by, err) ? -EPERM : 1;
    *m = (struct maintenance){ .held = false };
    snprintf(m->by, sizeof m->by, "%s", c->by);
    *is = true;
    return 0;
}

static int change_hold(const struct mark_change *c, struct maintenance *m,
                       bool *is, struct msg *err)
{
    if (!*is) {
        msg_set(err, "this host is not in maintenance, or not any more");
        return -ENOENT;
    }
    if (mark_refuses(m, c->by, err))
        return -EPERM;
    if (m->held)
        return 1;
    m->held = true;
    snprintf(m->by, sizeof m->by, "%s", c->by);
    snprintf(m->executor, sizeof m->executor, "%s", c->executor);
    return 0;
}

static int change_release(const struct mark_change *c, struct maintenance *m,
                          bool *is, struct msg *err)
{
    if (!*is || !m->held)
        return 1;
    if (mark_refuses(m, c->by, err))
        return -EPERM;
    m->held = false;
    return 0;
}

static int change_clear(const struct mark_change *c, struct maintenance *m,
                        bool *is, struct msg *err)
{
    if (!*is)
        return 1;
    if (!c->force && mark_refuses(m, c->by, err))
        return -EPERM;
    *is = false;
    return 0;
}

int maintenance_set(const char *statedir, const char *by, struct msg *err)
{
    return mark_change(
        statedir, &(struct mark_change){ .fn = change_set, .by = by }, err);
}

int maintenance_hold(const char *statedir, const char *by,
                     const char *executor, struct msg *err)
{
    return mark_change(statedir,
                       &(struct mark_change){
                           .fn = change_hold, .by = by, .executor = executor },
                       err);
}

int maintenance_release(const char *statedir, const char *by, struct msg *err)
{
    return mark_change(statedir,
                       &(struct mark_change){ .fn = change_release, .by = by },
                       err);
}

int maintenance_clear(const char *statedir, const char *by, bool force,
                      struct msg *err)
{
    if (!store_exists(statedir))
        return 0;
    return mark_change(
        statedir,
        &(struct mark_change){ .fn = change_clear, .by = by, .force = force },
        err);
}

int maintenance_check(const char *statedir, struct msg *err)
{
    struct maintenance m;
    int rc = maintenance_get(statedir, &m, err);

    if (rc <= 0)
        return rc;
    msg_set(err,
            "this host is in maintenance since %s (%s); `rackhop undrain` "
            "ends that",
            m.since, m.by);
    return -EPERM;
}
