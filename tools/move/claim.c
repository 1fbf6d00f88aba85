/* SPDX-License-Identifier: LGPL-2.1-only */
/* Takes, reads and releases claims on guests, in the store of their host. */
#include "tools/move/claim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libxl-ext/migrate.h"
#include "tools/base/msg.h"

#define CLAIM_PREFIX "claim/"

bool run_name_ok(const char *run)
{
    size_t n = strlen(run);

    return n && n <= RUN_NAME_MAX && *run != '-' &&
           strspn(run, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                       "0123456789_:-") == n;
}

static void claim_key(char *key, size_t len, const char *uuid)
{
    snprintf(key, len, CLAIM_PREFIX "%s", uuid);
}

static int claim_get_rev(struct store *s, const char *uuid, struct claim *c,
                         uint64_t *rev)
{
    char key[STORE_KEY_MAX], *text = NULL;
    int rc;

    *c = (struct claim){ .run = "" };
    claim_key(key, sizeof key, uuid);
    rc = store_get(s, key, &text, rev);
    if (!rc)
        rc = claim_parse(text, c);
    free(text);
    return rc;
}

int claim_get(struct store *s, const char *uuid, struct claim *c)
{
    uint64_t rev;

    return claim_get_rev(s, uuid, c, &rev);
}

int claim_take(struct store *s, const char *uuid, const char *run,
               const char *executor, struct msg *err)
{
    char key[STORE_KEY_MAX], *text = NULL;
    struct claim c;
    uint64_t rev = 0;
    int rc = claim_get_rev(s, uuid, &c, &rev);

    if (!rc && !strcmp(c.run, run))
        return 0;
    if (!rc) {
        msg_set(err,
                "run %s of %s has claimed it since %s; `rackhop status %s` "
                "on %s shows that run",
                c.run, c.executor, c.since, c.run, c.executor);
        return -EBUSY;
    }
    if (rc != -ENOENT) {
        msg_set(err, "its claim can't be read: %s", store_error(s));
        return rc;
    }
    text = claim_format(run, executor);
    if (!text)
        return -ENOMEM;
    claim_key(key, sizeof key, uuid);
    rc = store_cas(s, key, 0, text, NULL);
    free(text);
    if (rc == -ESTALE) /* another run was faster */
        return claim_take(s, uuid, run, executor, err);
    if (rc)
        msg_set(err, "its claim can't be written: %s", store_error(s));
    return rc;
}

int claim_take_locked(struct store *s, const char *rundir, const char *uuid,
                      const char *run, const char *executor, struct msg *err)
{
    struct claim c;
    int lock, rc;

    if (!claim_get(s, uuid, &c) && !strcmp(c.run, run))
        return 0;
    lock = xlx_lock(rundir, uuid, "claim", err);
    if (lock < 0)
        return lock;
    rc = claim_take(s, uuid, run, executor, err);
    close(lock);
    return rc;
}

int claim_release(struct store *s, const char *uuid, const char *run)
{
    char key[STORE_KEY_MAX];
    struct claim c;
    uint64_t rev = 0;
    int rc = claim_get_rev(s, uuid, &c, &rev);

    if (rc == -ENOENT || (!rc && run && strcmp(c.run, run)))
        return 0;
    if (rc && run)
        return rc;
    claim_key(key, sizeof key, uuid);
    rc = store_cas(s, key, rev, NULL, NULL);
    return rc == -ESTALE ? 0 : rc;
}

int claim_each(struct store *s, const char *run, claim_fn *fn, void *arg)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc = store_list(s, CLAIM_PREFIX, &list, &n);

    for (unsigned i = 0; i < n && !rc; i++) {
        const char *uuid = list[i].key + strlen(CLAIM_PREFIX);
        struct claim c;

        if (claim_get(s, uuid, &c))
            snprintf(c.run, sizeof c.run, "?");
        if (!run || !strcmp(run, c.run))
            rc = fn(arg, uuid, &c);
    }
    store_list_free(list, n);
    return rc;
}

bool claim_covers(const struct claim *c, const char *id)
{
    size_t n = strlen(c->run);

    return id && !strncmp(id, c->run, n) && id[n] == '.';
}

int claim_check(const char *statedir, const char *uuid, const char *id,
                struct msg *err)
{
    struct msg why;
    struct store *s = NULL;
    struct claim c;
    int rc;

    rc = store_open_if_there(&s, statedir, &why);
    if (rc)
        msg_set(err, "rackhop can't read whether a run has claimed it: %s",
                why.text);
    if (!s)
        return rc;
    rc = claim_get(s, uuid, &c);
    if (rc == -ENOENT) {
        rc = 0;
    } else if (rc) {
        msg_set(err, "rackhop can't read whether a run has claimed it: %s",
                store_error(s));
    } else if (!claim_covers(&c, id)) {
        msg_set(err,
                "run %s of %s has claimed it since %s. Wait for that run, or "
                "end it with `rackhop cancel %s` on %s. Only if %s is gone "
                "for ever, run `rackhop claim release --force %s` on this "
                "host",
                c.run, c.executor, c.since, c.run, c.executor, c.executor,
                uuid);
        rc = -EBUSY;
    }
    store_close(s);
    return rc;
}
