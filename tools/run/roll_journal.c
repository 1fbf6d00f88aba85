/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps the records of rolls in the store. */
#include "tools/run/roll_journal.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/move/claim.h"

static const char roll_prefix[] = "roll-";

/* Where the names are kept of rolls whose records are deleted, so many. */
#define PAST "past/"
enum { PAST_KEPT = 1000 };

bool roll_name_ok(const char *name)
{
    return run_name_ok(name) &&
           !strncmp(name, roll_prefix, sizeof roll_prefix - 1);
}

/* --- written --------------------------------------------------------------- */

static int roll_put(struct store *s, const char *key, char *text,
                    uint64_t *rev, struct msg *err)
{
    int rc = text ? store_cas(s, key, *rev, text, rev) : -ENOMEM;

    if (rc)
        msg_set(err, "the journal of the roll cannot be written: %s",
                text ? store_error(s) : "no memory");
    free(text);
    return rc;
}

int roll_save(struct store *s, struct roll *r, struct msg *err)
{
    char key[STORE_KEY_MAX + 1];

    snprintf(key, sizeof key, "roll/%s", r->name);
    return roll_put(s, key, roll_format(r), &r->rev, err);
}

int roll_save_host(struct store *s, const struct roll *r, uint32_t host,
                   struct msg *err)
{
    struct roll_host *h = &r->host[host];
    char key[STORE_KEY_MAX + 1];
    int rc = 0;

    if (h->more) {
        snprintf(key, sizeof key, "roll/%s/f/%06u", r->name, host + 1);
        rc = roll_put(s, key, roll_host_more_format(h), &h->more_rev, err);
    }
    if (rc)
        return rc;
    h->more = false;
    snprintf(key, sizeof key, "roll/%s/h/%06u", r->name, host + 1);
    return roll_put(s, key, roll_host_format(h), &h->rev, err);
}

/* --- read ------------------------------------------------------------------ */

/* One of the records of a host. */
struct roll_part {
    const char *dir; /* roll/ROLL/DIR/N */
    int (*parse)(struct roll_host *h, const char *text, size_t len,
                 struct msg *err);
    size_t rev; /* where in the host its revision is */
};

static const struct roll_part part_steps = { "h", roll_host_parse,
                                             offsetof(struct roll_host, rev) };
static const struct roll_part part_more = {
    "f", roll_host_more_parse, offsetof(struct roll_host, more_rev)
};

static int roll_load_host(struct roll *r, const struct roll_part *part,
                          const struct store_entry *e, size_t prefix,
                          struct msg *err)
{
    unsigned long at = strtoul(e->key + prefix, NULL, 10);
    int rc;

    if (!at || at > r->host_n) {
        msg_set(err,
                "the journal of the roll has a record of host %lu, which the "
                "roll does not have",
                at);
        return -EINVAL;
    }
    rc = part->parse(&r->host[at - 1], e->value, strlen(e->value), err);
    if (!rc)
        memcpy((char *)&r->host[at - 1] + part->rev, &e->rev, sizeof e->rev);
    return rc;
}

static int roll_load_hosts(struct store *s, struct roll *r,
                           const struct roll_part *part, struct msg *err)
{
    char prefix[STORE_KEY_MAX + 1];
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc;

    snprintf(prefix, sizeof prefix, "roll/%s/%s/", r->name, part->dir);
    rc = store_list(s, prefix, &list, &n);
    if (rc)
        msg_set(err, "the journal of the roll cannot be read: %s",
                store_error(s));
    for (unsigned i = 0; i < n && !rc; i++)
        rc = roll_load_host(r, part, &list[i], strlen(prefix), err);
    store_list_free(list, n);
    return rc;
}

/* A host under way is of the newest wave, or of one whose beginning was cut
 * off (roll_unbegin()). */
static int roll_check_waves(const struct roll *r, struct msg *err)
{
    for (uint32_t i = 0; i < r->host_n; i++)
        if (roll_under_way(&r->host[i]) && r->host[i].wave < r->wave) {
            msg_set(err,
                    "the journal of the roll says that %s is under way "
                    "in a wave that is over",
                    r->host[i].name);
            return -EINVAL;
        }
    return 0;
}

static int roll_load_parts(struct store *s, const char *name, bool more,
                           struct roll *r, struct msg *err)
{
    char key[STORE_KEY_MAX + 1], *text = NULL;
    uint64_t rev = 0;
    int rc;

    *r = (struct roll){ .ended = false };
    snprintf(key, sizeof key, "roll/%s", name);
    rc = store_get(s, key, &text, &rev);
    if (rc == -ENOENT)
        msg_set(err, "there is no roll %s on this host", name);
    else if (rc)
        msg_set(err, "the journal of the roll cannot be read: %s",
                store_error(s));
    if (rc)
        return rc;
    rc = roll_parse(r, text, strlen(text), err);
    free(text);
    if (rc)
        return rc;
    r->rev = rev;
    rc = roll_load_hosts(s, r, &part_steps, err);
    if (!rc && more)
        rc = roll_load_hosts(s, r, &part_more, err);
    if (!rc)
        rc = roll_check_waves(r, err);
    if (rc)
        roll_record_dispose(r);
    return rc;
}

int roll_load(struct store *s, const char *name, struct roll *r,
              struct msg *err)
{
    return roll_load_parts(s, name, true, r, err);
}

int roll_load_steps(struct store *s, const char *name, struct roll *r,
                    struct msg *err)
{
    return roll_load_parts(s, name, false, r, err);
}

/* --- which there are ------------------------------------------------------- */

static bool roll_text_ended(const char *text)
{
    struct msg ignored;
    struct roll r;
    bool ended = false;

    if (!roll_parse(&r, text, strlen(text), &ignored)) {
        ended = r.ended;
        roll_record_dispose(&r);
    }
    return ended;
}

/* Names have the time, so the last one is the newest. */
int roll_newest(struct store *s, bool any, char *name, size_t len)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    bool open = false;
    int rc = store_list_flat(s, "roll/", &list, &n);

    *name = '\0';
    for (unsigned i = 0; i < n && !rc; i++) {
        bool ended = roll_text_ended(list[i].value);

        if (ended && (open || !any))
            continue;
        open |= !ended;
        snprintf(name, len, "%s", list[i].key + strlen("roll/"));
    }
    store_list_free(list, n);
    return rc ? rc : *name ? 0 : -ENOENT;
}

/* Of a roll whose record is deleted it is kept that it has ended: hosts that it
 * left behind may be its still. */
static int roll_keep_past(struct store *s, const char *name)
{
    char key[STORE_KEY_MAX + 1], *text = NULL;
    uint64_t rev = 0;
    int rc;

    snprintf(key, sizeof key, PAST "%s", name);
    rc = store_get(s, key, &text, &rev);
    free(text);
    return rc == -ENOENT ? store_cas(s, key, rev, "", NULL) : rc;
}

static int roll_prune_past(struct store *s)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc = store_list(s, PAST, &list, &n);

    for (unsigned i = 0; i + PAST_KEPT < n && !rc; i++)
        rc = store_cas(s, list[i].key, list[i].rev, NULL, NULL);
    store_list_free(list, n);
    return rc;
}

static int roll_delete(struct store *s, const struct store_entry *roll)
{
    struct store_entry *list = NULL;
    char prefix[STORE_KEY_MAX + 2];
    unsigned n = 0;
    int rc = roll_keep_past(s, roll->key + strlen("roll/"));

    if (rc)
        return rc;

    snprintf(prefix, sizeof prefix, "%s/", roll->key);
    rc = store_list(s, prefix, &list, &n);
    for (unsigned i = 0; i < n && !rc; i++)
        rc = store_cas(s, list[i].key, list[i].rev, NULL, NULL);
    store_list_free(list, n);
    return rc ? rc : store_cas(s, roll->key, roll->rev, NULL, NULL);
}

int roll_prune(struct store *s, unsigned keep)
{
    struct store_entry *list = NULL;
    unsigned n = 0, ended = 0;
    int rc = store_list_flat(s, "roll/", &list, &n);

    for (unsigned i = n; i-- > 0 && !rc;)
        if (roll_text_ended(list[i].value) && ended++ >= keep)
            rc = roll_delete(s, &list[i]);
    store_list_free(list, n);
    return rc ? rc : roll_prune_past(s);
}

void roll_wait(struct store *s, const char *roll, uint64_t *since,
               int timeout_ms)
{
    char prefix[STORE_KEY_MAX + 1];
    int rc;

    snprintf(prefix, sizeof prefix, "roll/%s", roll);
    rc = store_watch(s, prefix, since, *since ? timeout_ms : 0);
    if (rc && rc != -ETIMEDOUT) /* a store that fails is not asked at once */
        poll(NULL, 0, timeout_ms);
}

/* --- one at a time --------------------------------------------------------- */

/* ROLL_UNREAD: the store fails, so the roll may be open. */
enum roll_known { ROLL_ABSENT, ROLL_IS_OPEN, ROLL_HAS_ENDED, ROLL_UNREAD };

static enum roll_known roll_known(struct store *s, const char *roll)
{
    char key[STORE_KEY_MAX + 1], *text = NULL;
    bool ended;
    int rc;

    snprintf(key, sizeof key, "roll/%s", roll);
    rc = store_get(s, key, &text, NULL);
    if (!rc) {
        ended = roll_text_ended(text);
        free(text);
        return ended ? ROLL_HAS_ENDED : ROLL_IS_OPEN;
    }
    if (rc == -ENOENT) {
        snprintf(key, sizeof key, PAST "%s", roll);
        rc = store_get(s, key, &text, NULL);
        free(text);
    }
    if (rc == -ENOENT)
        return ROLL_ABSENT;
    return rc ? ROLL_UNREAD : ROLL_HAS_ENDED;
}

bool roll_has_ended(struct store *s, const char *name)
{
    return roll_name_ok(name) && roll_known(s, name) == ROLL_HAS_ENDED;
}

bool roll_is_unknown(struct store *s, const char *name)
{
    return roll_name_ok(name) && roll_known(s, name) == ROLL_ABSENT;
}

int roll_lock(struct store *s, const char *roll, struct msg *err)
{
    enum roll_known other = ROLL_ABSENT;
    char *has = NULL;
    uint64_t rev = 0;
    int rc = store_get(s, "lock/roll", &has, &rev);

    if (!rc && strcmp(has, roll))
        other = roll_known(s, has);
    if (other == ROLL_UNREAD) {
        msg_set(err,
                "roll %s has the lock of rolls, and its record cannot be "
                "read: %s",
                has, store_error(s));
        rc = -EIO;
    } else if (other == ROLL_IS_OPEN) {
        msg_set(err,
                "roll %s has not ended, and one goes on at a time; `rackhop "
                "status %s` shows it, `rackhop roll --resume %s` continues "
                "it, `rackhop cancel %s` ends it",
                has, has, has, has);
        rc = -EBUSY;
    } else if (!rc || rc == -ENOENT) {
        rc = store_cas(s, "lock/roll", rev, roll, NULL);
        if (rc)
            msg_set(err, "the lock of rolls cannot be written: %s",
                    store_error(s));
    } else {
        msg_set(err, "the lock of rolls cannot be read: %s", store_error(s));
    }
    free(has);
    return rc;
}

void roll_unlock(struct store *s, const char *roll)
{
    char *has = NULL;
    uint64_t rev = 0;

    if (!store_get(s, "lock/roll", &has, &rev) && !strcmp(has, roll))
        store_cas(s, "lock/roll", rev, NULL, NULL); /* else an ended one has
                                                       it, which is no harm */
    free(has);
}

/* --- the wish that it ends ------------------------------------------------- */

int roll_cancel(struct store *s, const char *roll, enum cancel_wish wish)
{
    char of[STORE_KEY_MAX + 1];

    snprintf(of, sizeof of, "roll/%s", roll);
    return cancel_put(s, of, wish);
}

enum cancel_wish roll_cancelled(struct store *s, const char *roll)
{
    char of[STORE_KEY_MAX + 1];

    snprintf(of, sizeof of, "roll/%s", roll);
    return cancel_get(s, of);
}
