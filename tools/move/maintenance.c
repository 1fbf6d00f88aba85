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

static bool has_store(const char *statedir)
{
    char path[512];

    snprintf(path, sizeof path, "%s/state.db", statedir);
    return !access(path, F_OK) || errno != ENOENT;
}

int maintenance_get(const char *statedir, struct maintenance *m,
                    struct msg *err)
{
    struct store *s = NULL;
    char *text = NULL;
    struct msg why;
    int rc;

    *m = (struct maintenance){ .by = "?", .since = "?" };
    if (!has_store(statedir))
        return 0;
    rc = store_open(&s, statedir, &why);
    if (rc) {
        msg_set(err,
                "rackhop can't read whether this host is in maintenance: %s",
                why.text);
        return rc;
    }
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

static int mark_write(struct store *s, const char *by)
{
    char *text = maintenance_format(by);
    int rc;

    if (!text)
        return -ENOMEM;
    rc = store_cas(s, KEY, 0, text, NULL);
    free(text);
    return rc == -ESTALE ? 0 : rc; /* it is set already */
}

int maintenance_set(const char *statedir, const char *by, struct msg *err)
{
    struct store *s = NULL;
    int rc = store_open(&s, statedir, err);

    if (rc)
        return rc;
    rc = mark_write(s, by);
    if (rc)
        msg_set(err, "the maintenance of this host can't be recorded: %s",
                store_error(s));
    store_close(s);
    return rc;
}

int maintenance_clear(const char *statedir, struct msg *err)
{
    struct store *s = NULL;
    char *text = NULL;
    uint64_t rev = 0;
    int rc;

    if (!has_store(statedir))
        return 0;
    rc = store_open(&s, statedir, err);
    if (rc)
        return rc;
    rc = store_get(s, KEY, &text, &rev);
    free(text);
    if (!rc)
        rc = store_cas(s, KEY, rev, NULL, NULL);
    if (rc == -ENOENT)
        rc = 0;
    if (rc)
        msg_set(err, "the maintenance of this host can't be ended: %s",
                store_error(s));
    store_close(s);
    return rc;
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
