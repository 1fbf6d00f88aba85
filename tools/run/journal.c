/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the records of runs in the store. */
#include "tools/run/journal.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/base/msg.h"

static void journal_key(char *key, size_t len, const char *run)
{
    snprintf(key, len, "run/%s", run);
}

static void journal_move_key(char *key, size_t len, const char *run,
                             uint32_t move)
{
    snprintf(key, len, "run/%s/m/%05u", run, move + 1);
}

_Static_assert((int)RUN_KEY_MAX <= (int)STORE_KEY_MAX,
               "a run's lock is a key");

/* The holder of the run's lock is the only writer: a revision that has moved
 * on means that there is another one. */
static int journal_put(struct store *s, const char *key, char *text,
                       uint64_t *rev, struct msg *err)
{
    int rc;

    if (!text) {
        msg_set(err, "the journal cannot be written: no memory");
        return -ENOMEM;
    }
    rc = store_cas(s, key, *rev, text, rev);
    free(text);
    if (rc)
        msg_set(err, "the journal cannot be written: %s", store_error(s));
    return rc;
}

int journal_save(struct store *s, struct run *r, struct msg *err)
{
    char key[STORE_KEY_MAX + 1];

    journal_key(key, sizeof key, r->name);
    return journal_put(s, key, run_format(r), &r->rev, err);
}

int journal_save_move(struct store *s, struct run *r, uint32_t move,
                      struct msg *err)
{
    char key[STORE_KEY_MAX + 1];

    journal_move_key(key, sizeof key, r->name, move);
    return journal_put(s, key, run_move_format(&r->move[move]),
                       &r->move[move].rev, err);
}

static int journal_load_moves(struct store *s, struct run *r, struct msg *err)
{
    char prefix[STORE_KEY_MAX + 1];
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc;

    snprintf(prefix, sizeof prefix, "run/%s/m/", r->name);
    rc = store_list(s, prefix, &list, &n);
    if (rc)
        msg_set(err, "the journal cannot be read: %s", store_error(s));
    for (unsigned i = 0; i < n && !rc; i++) {
        unsigned long at = strtoul(list[i].key + strlen(prefix), NULL, 10);

        if (!at || at > r->move_n) {
            msg_set(err,
                    "the journal has a record of move %lu, which the run does "
                    "not have",
                    at);
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
    journal_key(key, sizeof key, name);
    rc = store_get(s, key, &text, &rev);
    if (rc == -ENOENT)
        msg_set(err, "there is no run %s on this host", name);
    else if (rc)
        msg_set(err, "the journal cannot be read: %s", store_error(s));
    if (rc)
        return rc;
    rc = run_parse(r, text, strlen(text), err);
    free(text);
    if (rc)
        return rc;
    r->rev = rev;
    rc = journal_load_moves(s, r, err);
    if (rc)
        run_dispose(r);
    return rc;
}

bool journal_entry_ended(const struct store_entry *e)
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

/* Names begin with the time, so the last one is the newest. */
int journal_newest(struct store *s, bool any, char *name, size_t len)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    bool open = false;
    int rc = store_list_flat(s, "run/", &list, &n);

    *name = '\0';
    for (unsigned i = 0; i < n && !rc; i++) {
        bool ended = journal_entry_ended(&list[i]);

        if (ended && (open || !any))
            continue;
        open |= !ended;
        snprintf(name, len, "%s", list[i].key + strlen("run/"));
    }
    store_list_free(list, n);
    return rc ? rc : *name ? 0 : -ENOENT;
}

static int journal_delete(struct store *s, const char *key)
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

void journal_wait(struct store *s, const char *run, uint64_t *since,
                  int timeout_ms)
{
    char prefix[80];
    int rc;

    snprintf(prefix, sizeof prefix, "run/%s", run);
    rc = store_watch(s, prefix, since, *since ? timeout_ms : 0);
    if (rc && rc != -ETIMEDOUT) /* a store that fails is not asked at once */
        poll(NULL, 0, timeout_ms);
}

int journal_prune(struct store *s, unsigned keep)
{
    struct store_entry *list = NULL;
    unsigned n = 0, ended = 0;
    int rc = store_list_flat(s, "run/", &list, &n);

    for (unsigned i = n; i-- > 0 && !rc;) {
        if (!journal_entry_ended(&list[i]) || ended++ < keep)
            continue;
        rc = journal_delete(s, list[i].key);
        if (!rc)
            rc = store_cas(s, list[i].key, list[i].rev, NULL, NULL);
    }
    store_list_free(list, n);
    return rc;
}
