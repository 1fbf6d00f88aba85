/* SPDX-License-Identifier: LGPL-2.1-only */
/* Reads and writes records and claims of devices in this host's store. */
#include "tools/move/device_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORD_PREFIX "device/"
#define CLAIM_PREFIX  "device-claim/"

/* The text of a key, to be freed; NULL where there is none. */
static int store_text(struct store *s, const char *key, char **text_r,
                      uint64_t *rev_r, struct msg *err)
{
    int rc = store_get(s, key, text_r, rev_r);

    if (rc == -ENOENT) {
        *text_r = NULL;
        *rev_r = 0;
        return 0;
    }
    if (rc)
        msg_set(err, "%s", store_error(s));
    return rc;
}

static int store_put(struct store *s, const char *key, char *text,
                     struct msg *err)
{
    char *old = NULL;
    uint64_t rev = 0;
    int rc = text ? store_text(s, key, &old, &rev, err) : -ENOMEM;

    if (!rc) {
        rc = store_cas(s, key, rev, text, NULL);
        if (rc)
            msg_set(err, "%s", store_error(s));
    } else if (!text) {
        msg_set(err, "out of memory");
    }
    free(old);
    free(text);
    return rc;
}

/* --- records --------------------------------------------------------------- */

int device_record_get(struct store *s, const char *uuid,
                      struct device_record *r, struct msg *err)
{
    char key[STORE_KEY_MAX], *text = NULL;
    uint64_t rev;
    int rc;

    memset(r, 0, sizeof *r);
    snprintf(key, sizeof key, RECORD_PREFIX "%s", uuid);
    rc = store_text(s, key, &text, &rev, err);
    if (!rc && text)
        rc = device_record_parse(r, key, text, err);
    free(text);
    return rc;
}

int device_record_put(struct store *s, const struct device_record *r,
                      struct msg *err)
{
    char key[STORE_KEY_MAX];

    snprintf(key, sizeof key, RECORD_PREFIX "%s", r->uuid);
    return store_put(s, key, device_record_format(r), err);
}

int device_record_each(struct store *s, device_record_fn *fn, void *arg,
                       struct msg *err)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc = store_list(s, RECORD_PREFIX, &list, &n), bad = 0;

    if (rc)
        msg_set(err, "%s", store_error(s));
    for (unsigned i = 0; i < n && !rc; i++) {
        struct device_record r;

        if (device_record_parse(&r, list[i].key, list[i].value, err))
            bad = -EINVAL;
        else
            rc = fn(arg, &r);
    }
    store_list_free(list, n);
    return rc ? rc : bad;
}

/* --- claims ---------------------------------------------------------------- */

int device_claim_get(struct store *s, const char *uuid, struct device_claim *c,
                     struct msg *err)
{
    char key[STORE_KEY_MAX], *text = NULL;
    uint64_t rev;
    int rc;

    memset(c, 0, sizeof *c);
    snprintf(key, sizeof key, CLAIM_PREFIX "%s", uuid);
    rc = store_text(s, key, &text, &rev, err);
    if (!rc && text)
        rc = device_claim_parse(c, key, text, err);
    free(text);
    return rc;
}

int device_claim_put(struct store *s, const struct device_claim *c,
                     struct msg *err)
{
    char key[STORE_KEY_MAX];

    snprintf(key, sizeof key, CLAIM_PREFIX "%s", c->uuid);
    return store_put(s, key, device_claim_format(c), err);
}

int device_claim_each(struct store *s, device_claim_fn *fn, void *arg,
                      struct msg *err)
{
    struct store_entry *list = NULL;
    unsigned n = 0;
    int rc = store_list(s, CLAIM_PREFIX, &list, &n), bad = 0;

    if (rc)
        msg_set(err, "%s", store_error(s));
    for (unsigned i = 0; i < n && !rc; i++) {
        struct device_claim c;

        if (device_claim_parse(&c, list[i].key, list[i].value, err))
            bad = -EINVAL;
        else
            rc = fn(arg, &c);
    }
    store_list_free(list, n);
    return rc ? rc : bad;
}

bool device_claim_ended(const struct device_claim *c, const char *move)
{
    if (c->state == CLAIM_RELEASED && !strcmp(c->move, move))
        return true;
    for (unsigned i = 0; i < c->n_past; i++)
        if (!strcmp(c->past[i], move))
            return true;
    return false;
}

void device_claim_begin(struct device_claim *c, const char *uuid,
                        const char *move, const char *from)
{
    struct device_claim old = *c;

    memset(c, 0, sizeof *c);
    snprintf(c->uuid, sizeof c->uuid, "%s", uuid);
    snprintf(c->move, sizeof c->move, "%s", move);
    snprintf(c->from, sizeof c->from, "%s", from);
    c->when = time(NULL);
    if (!*old.uuid)
        return;
    strcpy(c->past[c->n_past++], old.move);
    for (unsigned i = 0; i < old.n_past && c->n_past < DEVICE_PAST; i++)
        strcpy(c->past[c->n_past++], old.past[i]);
}

static int claim_classes(void *arg, const struct device_claim *c)
{
    int rc = 0;

    for (unsigned i = 0; i < c->list.n && c->state == CLAIM_KEPT && !rc; i++)
        rc = strlist_add(arg, c->list.item[i].class);
    return rc;
}

int device_claims_load(const char *statedir, struct strlist *classes)
{
    struct store *s = NULL;
    struct msg why;
    int rc;

    rc = store_open_if_there(&s, statedir, &why);
    if (s)
        rc = device_claim_each(s, claim_classes, classes, &why);
    store_close(s);
    return rc;
}
