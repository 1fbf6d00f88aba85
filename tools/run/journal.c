/* SPDX-License-Identifier: LGPL-2.1-only */
/* A run's records in the store. */
#include "tools/run/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/msg.h"

static void key_of(char *key, size_t len, const char *run)
{
    snprintf(key, len, "run/%s", run);
}

static void move_key(char *key, size_t len, const char *run, uint32_t move)
{
    snprintf(key, len, "run/%s/m/%05u", run, move + 1);
}

/* One writer, which holds the run's lock: a revision that has moved on means
 * that there is another one. */
static int put(struct store *s, const char *key, char *text, uint64_t *rev,
               struct msg *err)
{
    int rc;

    if (!text) {
        msg_set(err, "the journal can't be written: no memory");
        return -ENOMEM;
    }
    rc = store_cas(s, key, *rev, text, rev);
    free(text);
    if (rc)
        msg_set(err, "the journal can't be written: %s", store_error(s));
    return rc;
}

int journal_save(struct store *s, struct run *r, struct msg *err)
{
    char key[STORE_KEY_MAX + 1];

    key_of(key, sizeof key, r->name);
    return put(s, key, run_format(r), &r->rev, err);
}

int journal_save_move(struct store *s, struct run *r, uint32_t move,
                      struct msg *err)
{
    char key[STORE_KEY_MAX + 1];

    move_key(key, sizeof key, r->name, move);
    return put(s, key, run_move_format(&r->move[move]), &r->move[move].rev,
               err);
}

static int load_moves(struct store *s, struct run *r, struct msg *err)
{
    char prefix[STORE_KEY_MAX + 1];
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc;

    snprintf(prefix, sizeof prefix, "run/%s/m/", r->name);
    rc = store_list(s, prefix, &list, &n);
    if (rc)
        msg_set(err, "the journal can't be read: %s", store_error(s));
    for (unsigned i = 0; i < n && !rc; i++) {
        unsigned long at = strtoul(list[i].key + strlen(prefix), NULL, 10);

        if (!at || at > r->move_n) {
            msg_set(err, "the journal has no move %lu", at);
            rc = -EINVAL;
            break;
        }
        rc = run_move_parse(&r->move[at - 1], list[i].value,
                            strlen(list[i].value), err);
        r->move[at - 1].rev = list[i].rev;
    }
    store_list_free(list, n);
    return rc;
}

int journal_load(struct store *s, const char *name, struct run *r,
                 struct msg *err)
{
    char key[STORE_KEY_MAX + 1], *text = NULL;
    uint64_t rev = 0;
    int rc;

    *r = (struct run){ .state = RUN_OPEN };
    key_of(key, sizeof key, name);
    rc = store_get(s, key, &text, &rev);
    if (rc == -ENOENT)
        msg_set(err, "there is no run %s here", name);
    else if (rc)
        msg_set(err, "the journal can't be read: %s", store_error(s));
    if (rc)
        return rc;
    rc = run_parse(r, text, strlen(text), err);
    free(text);
    if (rc)
        return rc;
    r->rev = rev;
    rc = load_moves(s, r, err);
    if (rc)
        run_dispose(r);
    return rc;
}

/* run/NAME and nothing behind it */
static bool is_run(const char *key)
{
    return !strchr(key + strlen("run/"), '/');
}

static bool entry_ended(const struct store_entry *e)
{
    struct json_doc *doc = NULL;
    struct msg err;
    bool ended;

    if (json_parse(&doc, "journal", e->value, strlen(e->value), NULL, NULL,
                   &err))
        return false;
    ended = json_get_bool(json_root(doc), "ended", false);
    json_free(doc);
    return ended;
}

/* Names begin with the time, so the last is the newest. */
int journal_newest(struct store *s, bool any, char *name, size_t len)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    bool open = false;
    int rc = store_list(s, "run/", &list, &n);

    *name = '\0';
    for (unsigned i = 0; i < n && !rc; i++) {
        bool ended;

        if (!is_run(list[i].key))
            continue;
        ended = entry_ended(&list[i]);
        if (ended && (open || !any))
            continue;
        open |= !ended;
        snprintf(name, len, "%s", list[i].key + strlen("run/"));
    }
    store_list_free(list, n);
    return rc ? rc : *name ? 0 : -ENOENT;
}

static int delete_run(struct store *s, const char *key)
{
    struct store_entry *list = NULL;
    char prefix[STORE_KEY_MAX + 2];
    unsigned n = 0;
    int rc;

    snprintf(prefix, sizeof prefix, "%s/", key);
    rc = store_list(s, prefix, &list, &n);
    for (unsigned i = 0; i < n && !rc; i++)
        rc = store_cas(s, list[i].key, list[i].rev, NULL, NULL);
    store_list_free(list, n);
    return rc;
}

int journal_prune(struct store *s, unsigned keep)
{
    struct store_entry *list = NULL;
    unsigned n = 0, ended = 0;
    int rc = store_list(s, "run/", &list, &n);

    for (unsigned i = n; i-- > 0 && !rc;) {
        if (!is_run(list[i].key) || !entry_ended(&list[i]) || ended++ < keep)
            continue;
        rc = delete_run(s, list[i].key);
        if (!rc)
            rc = store_cas(s, list[i].key, list[i].rev, NULL, NULL);
    }
    store_list_free(list, n);
    return rc;
}

/* --- one goal, one run ---------------------------------------------------------- */

static bool is_open(struct store *s, const char *run)
{
    struct store_entry e = { .key = NULL };
    char key[STORE_KEY_MAX + 1];
    bool open;

    key_of(key, sizeof key, run);
    if (store_get(s, key, &e.value, NULL))
        return false;
    open = !entry_ended(&e);
    free(e.value);
    return open;
}

static int busy(char *has, struct msg *err)
{
    msg_set(err,
            "run %s is at the same and has not ended; `rackhop status %s` "
            "shows it, `rackhop apply --resume %s` goes on with it, "
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
    if (key && !store_get(s, path, &has, NULL) && is_open(s, has))
        rc = busy(has, err);
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
    if (!rc && strcmp(has, run) && is_open(s, has)) {
        return busy(has, err);
    }
    rc = store_cas(s, path, rc ? 0 : rev, run, NULL);
out:
    free(has);
    if (rc)
        msg_set(err, "the lock can't be written: %s", store_error(s));
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
    char key[STORE_KEY_MAX + 1], *has = NULL;
    uint64_t rev = 0;
    int rc;

    snprintf(key, sizeof key, "run/%s/cancel", run);
    rc = store_get(s, key, &has, &rev);
    if (rc && rc != -ENOENT)
        return rc;
    free(has);
    return store_cas(s, key, rev, wish == CANCEL_NOW ? "now" : "stop", NULL);
}

enum cancel_wish journal_cancelled(struct store *s, const char *run)
{
    char key[STORE_KEY_MAX + 1], *has = NULL;
    enum cancel_wish w = CANCEL_NO;

    snprintf(key, sizeof key, "run/%s/cancel", run);
    if (!store_get(s, key, &has, NULL))
        w = !strcmp(has, "now") ? CANCEL_NOW : CANCEL_STOP;
    free(has);
    return w;
}
