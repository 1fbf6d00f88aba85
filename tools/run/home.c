/* SPDX-License-Identifier: LGPL-2.1-only */
/* Keeps in the store where guests belong that runs have moved away. */
#include "tools/run/home.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/paths.h"
#include "tools/run/home_impl.h"
#include "tools/run/journal.h"

#define PREFIX "home/"

enum { RACES_MAX = 20 }; /* with others that write the same record */

void home_key(char *key, size_t len, const char *uuid)
{
    snprintf(key, len, PREFIX "%s", uuid);
}

static int home_fail(struct store *s, int rc, struct msg *err)
{
    msg_set(err, "where guests belong cannot be written: %s", store_error(s));
    return rc;
}

/* A record that cannot be read is worth no more than none: *rev_r is its
 * revision, by which it may be replaced. */
static int home_get(struct store *s, const char *uuid, struct home *h,
                    uint64_t *rev_r, struct msg *err)
{
    char key[STORE_KEY_MAX + 1], *text = NULL;
    struct msg why;
    int rc;

    home_key(key, sizeof key, uuid);
    *rev_r = 0;
    rc = store_get(s, key, &text, rev_r);
    if (rc && rc != -ENOENT)
        return home_fail(s, rc, err);
    if (!rc && home_parse(h, uuid, text, strlen(text), &why))
        rc = -ENOENT;
    if (!rc)
        h->rev = *rev_r;
    free(text);
    if (rc)
        msg_set(err, "no run of this host has moved %s away from its home",
                uuid);
    return rc;
}

int home_of(struct store *s, const char *uuid, struct home *h, struct msg *err)
{
    uint64_t rev;

    return home_get(s, uuid, h, &rev, err);
}

int home_save(struct store *s, const struct home *h, uint64_t rev,
              struct msg *err)
{
    char key[STORE_KEY_MAX + 1], *text = home_format(h);
    int rc;

    if (!text) {
        msg_set(err, "out of memory");
        return -ENOMEM;
    }
    home_key(key, sizeof key, h->uuid);
    rc = store_cas(s, key, rev, text, NULL);
    free(text);
    return rc && rc != -ESTALE ? home_fail(s, rc, err) : rc;
}

/* --- remembered ---------------------------------------------------------- */

/* Would the record be read again as it is written? */
static int home_check(const struct run_move *m, struct msg *err)
{
    if (uuid_ok(m->uuid) && strlen(m->from) < HOME_WORD_SIZE &&
        strlen(m->to) < HOME_WORD_SIZE)
        return 0;
    msg_set(err,
            "where %s belongs cannot be kept: its UUID is none, or the name "
            "of a host is too long",
            m->name);
    return -EINVAL;
}

/* The record as it is before this move. h: as it was; empty: there is none. A
 * guest that somebody else has moved lives where it is found. */
static void home_update(struct home *h, const struct run *r,
                        const struct run_move *m)
{
    if (!*h->host || !home_knows(h, m->from)) {
        *h = (struct home){ .missed_s = 0 };
        snprintf(h->uuid, sizeof h->uuid, "%s", m->uuid);
        snprintf(h->host, sizeof h->host, "%s", m->from);
        snprintf(h->since, sizeof h->since, "%s", r->started);
    }
    h->missed_s = 0;
    snprintf(h->name, sizeof h->name, "%s", m->name);
    snprintf(h->from, sizeof h->from, "%s", m->from);
    snprintf(h->to, sizeof h->to, "%s", m->to);
    snprintf(h->run, sizeof h->run, "%s", r->name);
}

static bool home_same(const struct home *a, const struct home *b)
{
    return !strcmp(a->host, b->host) && !strcmp(a->from, b->from) &&
           !strcmp(a->to, b->to) && !strcmp(a->run, b->run) &&
           a->missed_s == b->missed_s;
}

int home_remember(struct store *s, const struct run *r,
                  const struct run_move *m, struct msg *err)
{
    int rc = home_check(m, err);

    if (rc)
        return rc;
    rc = -ESTALE;
    for (int tries = 0; tries < RACES_MAX && rc == -ESTALE; tries++) {
        struct home h = { .missed_s = 0 }, was;
        uint64_t rev;

        rc = home_get(s, m->uuid, &h, &rev, err);
        if (rc && rc != -ENOENT)
            return rc;
        if (rc)
            h = (struct home){ .missed_s = 0 };
        was = h;
        home_update(&h, r, m);
        if (!rc && home_same(&was, &h)) /* this run has begun to before */
            return 0;
        rc = home_save(s, &h, rev, err);
    }
    return rc == -ESTALE ? home_fail(s, rc, err) : rc;
}

int home_drop(struct store *s, const char *uuid, uint64_t rev, struct msg *err)
{
    char key[STORE_KEY_MAX + 1];
    int rc;

    home_key(key, sizeof key, uuid);
    rc = store_cas(s, key, rev, NULL, NULL);
    return rc && rc != -ESTALE ? home_fail(s, rc, err) : rc;
}

int home_arrived(struct store *s, const struct run_move *m, bool keeps,
                 struct msg *err)
{
    int rc = uuid_ok(m->uuid) ? -ESTALE : 0;

    for (int tries = 0; tries < RACES_MAX && rc == -ESTALE; tries++) {
        struct home h = { .missed_s = 0 };
        uint64_t rev;

        rc = home_get(s, m->uuid, &h, &rev, err);
        if (rc && rc != -ENOENT)
            return rc;
        rc = rev && (!keeps || !strcmp(h.host, m->to))
                 ? home_drop(s, m->uuid, rev, err)
                 : 0;
    }
    return rc == -ESTALE ? home_fail(s, rc, err) : rc;
}

/* --- read ---------------------------------------------------------------- */

/* What was found out of runs while records are read, for many records name
 * the same run. */
struct home_runs {
    struct strlist open, ended;
};

/* A run that the journal has no more has ended. */
static int home_run_is_open(struct store *s, const char *run,
                            struct home_runs *known, bool *open_r)
{
    char key[STORE_KEY_MAX + 1];
    struct store_entry e = { .key = key };
    int rc;

    *open_r = strlist_has(&known->open, run);
    if (*open_r || strlist_has(&known->ended, run))
        return 0;
    snprintf(key, sizeof key, "run/%s", run);
    rc = store_get(s, key, &e.value, &e.rev);
    if (rc && rc != -ENOENT)
        return rc;
    *open_r = !rc && !journal_entry_ended(&e);
    free(e.value);
    return strlist_add(*open_r ? &known->open : &known->ended, run);
}

static int home_read_one(struct store *s, const struct store_entry *e,
                         struct homes *l, struct home_runs *known,
                         struct msg *err)
{
    struct home h;
    int rc = home_parse(&h, e->key + strlen(PREFIX), e->value,
                        strlen(e->value), err);

    if (rc)
        return rc;
    h.rev = e->rev;
    rc = home_run_is_open(s, h.run, known, &h.busy);
    return rc ? rc : homes_add(l, &h);
}

int homes_read(struct store *s, struct homes *l,
               void (*note)(void *arg, const char *text), void *arg,
               struct msg *err)
{
    struct home_runs known = { .open = { .n = 0 } };
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc = store_list(s, PREFIX, &list, &n);

    *l = (struct homes){ .n = 0 };
    for (unsigned i = 0; i < n && !rc; i++) {
        rc = home_read_one(s, &list[i], l, &known, err);
        if (rc != -EINVAL)
            continue;
        if (note) /* one that is spoilt does not hide the others */
            note(arg, err->text);
        rc = 0;
    }
    store_list_free(list, n);
    strlist_dispose(&known.open);
    strlist_dispose(&known.ended);
    if (!rc)
        return 0;
    homes_dispose(l);
    if (rc == -ENOMEM)
        msg_set(err, "out of memory");
    else
        msg_set(err, "where guests belong cannot be read: %s", store_error(s));
    return rc;
}

int homes_read_here(struct homes *l, void (*note)(void *arg, const char *text),
                    void *arg, struct msg *err)
{
    struct store *s = NULL;
    int rc;

    *l = (struct homes){ .n = 0 };
    rc = store_open_if_there(&s, path_state(), err);
    if (!s)
        return rc;
    rc = homes_read(s, l, note, arg, err);
    store_close(s);
    return rc;
}
