/* SPDX-License-Identifier: LGPL-2.1-only */
/* Lets a goal have one run at a time; passes on the wish to cancel a run. */
#include "tools/run/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Is there such a run, and has it not ended? */
static bool lock_is_open(struct store *s, const char *run)
{
    struct store_entry e = { .key = NULL };
    char key[STORE_KEY_MAX + 1];
    bool open;

    snprintf(key, sizeof key, "run/%s", run);
    if (store_get(s, key, &e.value, NULL))
        return false;
    open = !journal_entry_ended(&e);
    free(e.value);
    return open;
}

/* Says that the goal has an open run, `has`, and frees that name. */
static int lock_busy(char *has, struct msg *err)
{
    msg_set(err,
            "run %s has the same goal and has not ended; `rackhop status %s` "
            "shows it, `rackhop apply --resume %s` continues it, "
            "`rackhop cancel %s` ends it",
            has, has, has, has);
    free(has);
    return -EBUSY;
}

int journal_locked(struct store *s, const char *key, struct msg *err)
{
    char path[STORE_KEY_MAX + 1], *has = NULL;
    int rc = 0;

    snprintf(path, sizeof path, "lock/%s", key ? key : "");
    if (key && !store_get(s, path, &has, NULL) && lock_is_open(s, has))
        rc = lock_busy(has, err);
    else
        free(has);
    return rc;
}

int journal_lock(struct store *s, const char *key, const char *run,
                 struct msg *err)
{
    char path[STORE_KEY_MAX + 1], *has = NULL;
    uint64_t rev = 0;
    int rc;

    if (!*key)
        return 0;
    snprintf(path, sizeof path, "lock/%s", key);
    rc = store_get(s, path, &has, &rev);
    if (rc && rc != -ENOENT)
        goto out;
    if (!rc && strcmp(has, run) && lock_is_open(s, has))
        return lock_busy(has, err);
    rc = store_cas(s, path, rc ? 0 : rev, run, NULL);
out:
    free(has);
    if (rc)
        msg_set(err, "the lock of the run cannot be written: %s",
                store_error(s));
    return rc;
}

int journal_unlock(struct store *s, const char *key, const char *run)
{
    char path[STORE_KEY_MAX + 1], *has = NULL;
    uint64_t rev = 0;
    int rc;

    if (!*key)
        return 0;
    snprintf(path, sizeof path, "lock/%s", key);
    rc = store_get(s, path, &has, &rev);
    if (!rc && !strcmp(has, run))
        rc = store_cas(s, path, rev, NULL, NULL);
    free(has);
    return rc == -ENOENT || rc == -ESTALE ? 0 : rc;
}

int journal_cancel(struct store *s, const char *run, enum cancel_wish wish)
{
    char of[STORE_KEY_MAX + 1];

    snprintf(of, sizeof of, "run/%s", run);
    return cancel_put(s, of, wish);
}

enum cancel_wish journal_cancelled(struct store *s, const char *run)
{
    char of[STORE_KEY_MAX + 1];

    snprintf(of, sizeof of, "run/%s", run);
    return cancel_get(s, of);
}
